#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "backend/client_processes.hpp"

namespace sqlproxy::frontend {

// Which session a cancel key belongs to, and a server process's id that clients go by. Shared by all workers;
// thread-safe. Holds a key from the end of a login to the end of the session.
class CancelRegistry final : public backend::ClientProcesses {
 public:
  // Has the session's current query cancelled, on the session's own worker; calls `done` there, also when the session
  // is gone or idle.
  using Cancel = std::function<void(std::function<void()> done)>;

  // A process id that no session goes by: `wanted`, if it is free.
  [[nodiscard]] std::int32_t unused_process_id(std::int32_t wanted) const;
  // Makes a key of `size` bytes that no session with the same process id has.
  [[nodiscard]] std::string issue(std::int32_t process_id, std::size_t size, Cancel cancel);
  // The session with that key goes by the id of a process of `target`'s; `on_loss` is called when that is lost, in any
  // thread, and touches no registry.
  using LossHandler = std::function<void(Loss)>;
  void follow_process(std::int32_t process_id, const std::string& key,
                      std::shared_ptr<const backend::ServerTarget> target, LossHandler on_loss);
  [[nodiscard]] bool taken(const backend::ServerTarget& target, std::int32_t process_id) const override;
  void lost(const backend::ServerTarget& target, std::int32_t process_id, Loss loss) const override;
  void revoke(std::int32_t process_id, const std::string& key);
  // Returns at once; calls `done` when the cancel has been passed on, or right away when no session has that key. Says
  // to nobody whether one has (protocol.md, 1.4.2).
  void request(std::int32_t process_id, const std::string& key, std::function<void()> done) const;

 private:
  struct Entry {
    std::string key;
    Cancel cancel;
    // Of the process, where the id is one's.
    std::shared_ptr<const backend::ServerTarget> target;
    LossHandler on_loss;

    [[nodiscard]] bool is_of(const backend::ServerTarget& other) const;
  };

  mutable std::mutex mutex_;
  // Several servers may have processes of the same id.
  std::unordered_multimap<std::int32_t, Entry> entries_;
};

}  // namespace sqlproxy::frontend
