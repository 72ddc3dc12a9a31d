#include "backend/notification_hub.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "core/log.hpp"
#include "core/random.hpp"

namespace sqlproxy::backend {
namespace {

std::string make_sync_channel() {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string name = "sqlproxy_sync_";
  for (const char raw : core::random_string(16)) {
    name.push_back(kHex[static_cast<unsigned char>(raw) >> 4]);
    name.push_back(kHex[static_cast<unsigned char>(raw) & 0x0F]);
  }
  return name;
}

}  // namespace

NotificationHub::NotificationHub()
    : sync_channel_(make_sync_channel()),
      work_(asio::make_work_guard(io_)),
      deadlines_(io_.get_executor()),
      tasks_(io_.get_executor(), "notification listener") {}

NotificationHub::~NotificationHub() {
  stop();
}

NotificationHub::SubscriberId NotificationHub::subscribe(std::shared_ptr<const ServerTarget> target,
                                                         std::string encoding,
                                                         std::shared_ptr<NotificationMailbox> mailbox) {
  start();
  const SubscriberId id = last_id_.fetch_add(1) + 1;
  asio::post(io_, [this, id, target = std::move(target), encoding = std::move(encoding),
                   mailbox = std::move(mailbox)]() mutable {
    if (stopping_) return;
    NotificationListener& listener = listener_for(target, encoding);
    listener_of_[id] = &listener;
    listener.subscribe(id, std::move(mailbox));
  });
  return id;
}

void NotificationHub::listen(SubscriberId id, std::vector<std::string> channels, std::uint64_t version) {
  asio::post(io_, [this, id, channels = std::move(channels), version] {
    const auto found = listener_of_.find(id);
    if (found != listener_of_.end()) found->second->listen(id, channels, version);
  });
}

void NotificationHub::unsubscribe(SubscriberId id) {
  asio::post(io_, [this, id] {
    const auto found = listener_of_.find(id);
    if (found == listener_of_.end()) return;
    NotificationListener* listener = found->second;
    listener_of_.erase(found);
    listener->unsubscribe(id);
  });
}

void NotificationHub::start() {
  const std::scoped_lock lock(mutex_);
  if (stopped_ || thread_.joinable()) return;
  thread_ = std::thread([this] { run(); });
}

void NotificationHub::run() {
  // An exception that gets here is a fault of ours in one event.
  for (;;) {
    try {
      io_.run();
      return;
    } catch (const std::exception& exception) {
      core::log().error("internal fault in the notification hub: {}", exception.what());
    }
  }
}

NotificationListener& NotificationHub::listener_for(const std::shared_ptr<const ServerTarget>& target,
                                                    const std::string& encoding) {
  const auto found =
      std::ranges::find_if(listeners_, [&](const auto& listener) { return listener->serves(*target, encoding); });
  if (found != listeners_.end()) return **found;
  listeners_.push_back(std::make_unique<NotificationListener>(io_.get_executor(), deadlines_, tasks_, target, encoding,
                                                              sync_channel_, senders_));
  spawn(*listeners_.back());
  return *listeners_.back();
}

void NotificationHub::spawn(NotificationListener& listener) {
  tasks_.spawn(listener.run(), [this, &listener] { on_listener_end(listener); });
}

void NotificationHub::on_listener_end(NotificationListener& listener) {
  // It was closing its connection when somebody came.
  if (!stopping_ && !listener.unused()) return spawn(listener);
  std::erase_if(listener_of_, [&](const auto& entry) { return entry.second == &listener; });
  std::erase_if(listeners_, [&](const auto& other) { return other.get() == &listener; });
}

void NotificationHub::stop() {
  {
    const std::scoped_lock lock(mutex_);
    if (std::exchange(stopped_, true) || !thread_.joinable()) return;
  }
  asio::post(io_, [this] {
    stopping_ = true;
    for (const auto& listener : listeners_) listener->stop();
    tasks_.spawn(shut_down());
  });
  thread_.join();
}

net::Task<void> NotificationHub::shut_down() {
  // This coroutine is the last of the group.
  while (tasks_.running() > 1) {
    net::Timer pause(io_.get_executor(), std::chrono::milliseconds(5));
    std::error_code ignored;
    co_await pause.async_wait(net::use_task(ignored));
  }
  work_.reset();
}

}  // namespace sqlproxy::backend
