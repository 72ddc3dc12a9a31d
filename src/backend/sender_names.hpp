#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "backend/server_target.hpp"

namespace sqlproxy::backend {

// Which client notifies from which server process: what a notification names is the process, which serves another
// client a moment later, while clients know one another by the process ids that they were told at login. Right unless
// two clients notify from one process so quickly that the first notification is still on its way.
//
// One entry for each server process at most that a living session has notified from. Thread-safe.
class SenderNames {
 public:
  // What is notified from that process from now on is `client`'s.
  void set(const ServerTarget& target, std::int32_t server_process, std::int32_t client);
  // The client is gone. Nothing when another one has notified from there since.
  void forget(const ServerTarget& target, std::int32_t server_process, std::int32_t client);
  // The client, or the process itself when none is known.
  [[nodiscard]] std::int32_t find(const ServerTarget& target, std::int32_t server_process) const;

 private:
  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<std::uint64_t, std::int32_t> clients;
  };
  static constexpr std::size_t kShards = 16;

  // Process ids count per server.
  [[nodiscard]] static std::uint64_t key(const ServerTarget& target, std::int32_t server_process);
  [[nodiscard]] Shard& shard(std::uint64_t key) const { return shards_[key % kShards]; }

  mutable std::array<Shard, kShards> shards_;
};

}  // namespace sqlproxy::backend
