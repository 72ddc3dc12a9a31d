#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "core/metrics.hpp"
#include "frontend/pin.hpp"
#include "frontend/statement_meter.hpp"

namespace sqlproxy::frontend {

// How a login ended; see docs/metrics.md.
enum class LoginOutcome { ok, denied, limited, unavailable, refused, abandoned };
inline constexpr std::size_t kLoginOutcomes = 6;
[[nodiscard]] std::string_view name_of(LoginOutcome outcome);

// The counters of one worker. It writes them without a lock; other threads read them at any time. Only where a session
// logs in, and where counters are read, a mutex is taken, because series may be added then.
//
// The number of series is bounded whatever names clients come with: beyond kMaxDatabases and kMaxUsers everything is
// counted under kOther.
class WorkerMetrics {
 public:
  static constexpr std::size_t kMaxDatabases = 200;
  // Pairs of database and user.
  static constexpr std::size_t kMaxUsers = 1000;
  static constexpr std::string_view kOther = "(other)";

  // The worker's own thread. The references are good for as long as this object.
  [[nodiscard]] DatabaseMeter& database(std::string_view name);
  [[nodiscard]] StatementMeter& statements(std::string_view database, std::string_view user);

  // Written by the worker's own thread.
  StageMeter stages;
  core::DurationHistogram pool_waits;
  std::array<core::Counter, kLoginOutcomes> logins;
  std::array<core::Counter, kPins> pins;  // by the number of the bit

  // Any thread.
  void for_each_database(const std::function<void(const std::string& name, const DatabaseMeter&)>& visit) const;
  void for_each_user(const std::function<void(const std::string& database, const std::string& user,
                                              const StatementMeter&)>& visit) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::unique_ptr<DatabaseMeter>, std::less<>> databases_;
  std::map<std::pair<std::string, std::string>, std::unique_ptr<StatementMeter>> users_;
};

}  // namespace sqlproxy::frontend
