#include "backend/catalog_service.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "core/log.hpp"

namespace sqlproxy::backend {
namespace {

// Between two loads that nobody waits for, as a multiple of what the last one took.
constexpr int kPauseFactor = 4;
constexpr std::chrono::milliseconds kShortestPause{100};
constexpr std::chrono::milliseconds kLongestPause{5000};

}  // namespace

CatalogService::CatalogService(std::chrono::seconds interval)
    : interval_(interval), thread_([this](const std::stop_token& stop) { run(stop); }) {}

CatalogService::~CatalogService() {
  stop();
}

void CatalogService::stop() {
  thread_.request_stop();
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

std::shared_ptr<CatalogSlot> CatalogService::slot(const std::shared_ptr<const ServerTarget>& target,
                                                  const std::string& ca_file) {
  const std::scoped_lock lock(mutex_);
  for (Entry& entry : entries_) {
    if (entry.ca_file != ca_file || entry.target->tls_context != target->tls_context) continue;
    if (*entry.target == *target) return entry.slot;
  }
  const std::size_t index = entries_.size();
  Entry& entry = entries_.emplace_back();
  entry.target = target;
  entry.ca_file = ca_file;
  entry.slot = std::make_shared<CatalogSlot>([this, index](LoadUrgency urgency) { enqueue(index, urgency); });
  return entry.slot;
}

void CatalogService::enqueue(std::size_t index, LoadUrgency urgency) {
  {
    const std::scoped_lock lock(mutex_);
    Entry& entry = entries_[index];
    entry.in_use = true;
    const TimePoint now = Clock::now();
    entry.due = std::min(entry.due, urgency == LoadUrgency::now ? now : std::max(now, entry.pause_until));
  }
  wake_.notify_one();
}

void CatalogService::leave(const DatabasePlace& place) {
  {
    const std::scoped_lock lock(mutex_);
    for (Entry& entry : entries_) {
      if (!place.holds(*entry.target)) continue;
      entry.leaves = true;
      any_leaves_ = true;
    }
  }
  wake_.notify_one();
}

CatalogService::Entry* CatalogService::next_due() {
  const auto first = std::ranges::min_element(entries_, {}, &Entry::due);
  return first == entries_.end() || first->due == kNever ? nullptr : &*first;
}

void CatalogService::run(const std::stop_token& stop) {
  TimePoint next_round = Clock::now() + interval_;
  while (!stop.stop_requested()) {
    Entry* entry = nullptr;
    {
      std::unique_lock lock(mutex_);
      const auto first_due = [this] {
        const Entry* next = next_due();
        return next != nullptr ? next->due : kNever;
      };
      const TimePoint wake_at = std::min({next_round, close_unused(), first_due()});
      wake_.wait_until(lock, stop, wake_at, [&] { return any_leaves_ || first_due() < wake_at; });
      if (stop.stop_requested()) return;
      const TimePoint now = Clock::now();
      if (now >= next_round) {
        next_round = now + interval_;
        for (Entry& each : entries_) {
          if (each.in_use) each.due = std::min(each.due, now);
        }
      }
      entry = next_due();
      if (entry == nullptr || entry->due > now) continue;
      entry->due = kNever;
    }
    load(*entry, stop);
  }
}

CatalogService::TimePoint CatalogService::close_unused() {
  TimePoint next = kNever;
  const TimePoint now = Clock::now();
  any_leaves_ = false;
  for (Entry& entry : entries_) {
    const bool leaves = std::exchange(entry.leaves, false);
    if (!entry.loader || !entry.loader->connected()) continue;
    const TimePoint due = entry.loader->last_used() + kKeptOpen;
    if (leaves || due <= now) {
      entry.loader->close();
    } else {
      next = std::min(next, due);
    }
  }
  return next;
}

void CatalogService::load(Entry& entry, const std::stop_token& stop) {
  const TimePoint begin = Clock::now();
  if (!entry.loader) {
    entry.loader =
        std::make_unique<CatalogLoader>(connection_parameters(*entry.target, entry.ca_file, "sql-proxy catalog"));
  }
  CatalogSlot& slot = *entry.slot;
  auto catalog = entry.loader->load(slot.load_started(), std::chrono::seconds(30), stop);
  if (!catalog) {
    core::log().warn("could not load the catalog of database \"{}\": {}", core::log_safe(entry.target->dbname),
                     core::log_safe(catalog.error().message));
  }
  catalog ? slot.publish(*std::move(catalog)) : slot.load_failed();
  const TimePoint end = Clock::now();
  const std::scoped_lock lock(mutex_);
  entry.pause_until = end + std::clamp<Clock::duration>(kPauseFactor * (end - begin), kShortestPause, kLongestPause);
}

}  // namespace sqlproxy::backend
