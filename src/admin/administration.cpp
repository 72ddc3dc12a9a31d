#include "admin/administration.hpp"

#include <spdlog/spdlog.h>

#include <utility>

#include "core/log.hpp"

namespace sqlproxy::admin {
namespace {

constexpr std::chrono::seconds kStatisticsInterval{1};

std::int64_t unix_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(core::wall_now().time_since_epoch()).count();
}

}  // namespace

Administration::Administration(frontend::Services& services, ProcessControl control, std::string version)
    : context_(services, std::move(control), std::move(version)), console_(context_), metrics_(context_, reloads_) {
  services.console = &console_;
  reloads_.last_accepted = unix_seconds();
}

Administration::~Administration() {
  stop();
}

void Administration::attach(std::vector<frontend::Worker*> workers) {
  context_.workers = std::move(workers);
}

core::Status Administration::start(const frontend::SnapshotPtr& snapshot) {
  use(snapshot);
  if (snapshot->config->admin.listen) {
    if (auto started = start_http(snapshot->config->admin); !started) return started;
  }
  statistics_ = std::thread([this] { keep_statistics(); });
  return {};
}

core::Status Administration::start_http(const config::Admin& admin) {
  auto tls = load_http_tls(admin);
  if (!tls) return std::move(tls).error();
  const auto newest = [this] { return snapshot(); };
  health_ = std::make_unique<HealthMonitor>(newest);
  api_ = std::make_unique<HttpApi>(context_, metrics_, *health_, newest, [this] { return stopping(); });
  http_ = std::make_unique<HttpServer>([this](const HttpRequest& request) { return api_->handle(request); });
  http_tls_ = *tls;
  if (auto started = http_->start(*admin.listen, *std::move(tls)); !started) return started;
  core::log().info("administration: {} on {}", http_tls_ ? "HTTPS" : "HTTP", admin.listen->text());
  return {};
}

bool Administration::stopping() const {
  const std::scoped_lock lock(mutex_);
  return stopping_;
}

void Administration::use(frontend::SnapshotPtr snapshot) {
  if (http_tls_) renew_certificate(snapshot->config->admin);
  const std::scoped_lock lock(mutex_);
  snapshot_ = std::move(snapshot);
}

void Administration::renew_certificate(const config::Admin& admin) {
  auto tls = load_http_tls(admin);
  if (!tls) {
    core::log().error("administration: the old certificate stays: {}", tls.error().message);
    return;
  }
  if (!*tls || http_tls_->same_as(**tls)) return;
  http_tls_ = *tls;
  http_->renew(**std::move(tls));
}

frontend::SnapshotPtr Administration::snapshot() const {
  const std::scoped_lock lock(mutex_);
  return snapshot_;
}

void Administration::note_reload(bool accepted) {
  (accepted ? reloads_.accepted : reloads_.refused).fetch_add(1, std::memory_order_relaxed);
  if (accepted) reloads_.last_accepted = unix_seconds();
}

void Administration::keep_statistics() {
  std::unique_lock lock(mutex_);
  while (!stop_changed_.wait_for(lock, kStatisticsInterval, [this] { return stopping_; })) {
    lock.unlock();
    context_.history.stamp(collect_stats(context_.workers), core::SteadyClock::now());
    lock.lock();
  }
}

void Administration::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  stop_changed_.notify_all();
  // A request that waits for health gets what there is.
  if (health_) health_->stop();
  if (http_) http_->stop();
  if (statistics_.joinable()) statistics_.join();
}

}  // namespace sqlproxy::admin
