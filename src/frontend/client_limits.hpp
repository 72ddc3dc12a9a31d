#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
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
  enum class By : std::uint8_t { tenant, user, address };
  using Counts = std::map<std::string, std::size_t>;

  // One client among those that are counted; counts down when it ends. Must not outlive the ClientLimits.
  class Seat {
   public:
    Seat() = default;
    Seat(Seat&& other) noexcept
        : limits_(std::exchange(other.limits_, nullptr)), by_(other.by_), place_(other.place_) {}
    Seat& operator=(Seat&& other) noexcept;
    ~Seat() { leave(); }

   private:
    friend class ClientLimits;
    Seat(ClientLimits& limits, By by, Counts::iterator place) : limits_(&limits), by_(by), place_(place) {}
    void leave();

    ClientLimits* limits_ = nullptr;
    By by_ = By::tenant;
    // Where it is counted, which stays as long as the count is not zero.
    Counts::iterator place_;
  };

  // None when there are `limit` already. Without a limit everybody is counted all the same.
  [[nodiscard]] std::optional<Seat> take(By by, const std::string& name, std::optional<std::size_t> limit);

  [[nodiscard]] std::vector<std::pair<std::string, std::size_t>> counts(By by) const;

 private:
  static constexpr std::size_t kKinds = 3;
  void leave(By by, Counts::iterator place);

  mutable std::mutex mutex_;
  // No name has a count of zero, so there are at most as many as clients.
  std::array<Counts, kKinds> counts_;
};

}  // namespace sqlproxy::frontend
