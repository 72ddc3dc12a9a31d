#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sqlproxy::frontend {

// How many clients there are of each tenant and user and from each address. Shared by all workers; thread-safe. For
// logins only.
class ClientLimits {
 public:
  enum class By : std::size_t { tenant, user, address };

  // One client among those that are counted; counts down when it ends. Must not outlive the ClientLimits.
  class Seat {
   public:
    Seat() = default;
    Seat(Seat&& other) noexcept
        : limits_(std::exchange(other.limits_, nullptr)), by_(other.by_), name_(std::move(other.name_)) {}
    Seat& operator=(Seat&& other) noexcept;
    ~Seat() { leave(); }

   private:
    friend class ClientLimits;
    Seat(ClientLimits& limits, By by, std::string name) : limits_(&limits), by_(by), name_(std::move(name)) {}
    void leave();

    ClientLimits* limits_ = nullptr;
    By by_ = By::tenant;
    std::string name_;
  };

  // None when there are `limit` already. Without a limit everybody is counted all the same.
  [[nodiscard]] std::optional<Seat> take(By by, const std::string& name, std::optional<std::size_t> limit);

  [[nodiscard]] std::vector<std::pair<std::string, std::size_t>> counts(By by) const;

 private:
  static constexpr std::size_t kKinds = 3;
  void leave(By by, const std::string& name);

  mutable std::mutex mutex_;
  // No name has a count of zero, so there are at most as many as clients.
  std::array<std::map<std::string, std::size_t>, kKinds> counts_;
};

}  // namespace sqlproxy::frontend
