#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>

namespace sqlproxy::frontend {

// Which session a cancel key belongs to. Shared by all workers; thread-safe. Holds a key from the end of a login to the
// end of the session.
class CancelRegistry {
 public:
  // Has the session's current query cancelled, on the session's own worker; calls `done` there, also when the session
  // is gone or idle.
  using Cancel = std::function<void(std::function<void()> done)>;

  // A process id that no session goes by: `wanted`, if it is free.
  [[nodiscard]] std::int32_t unused_process_id(std::int32_t wanted) const;
  // Makes a key of `size` bytes that no session with the same process id has.
  [[nodiscard]] std::string issue(std::int32_t process_id, std::size_t size, Cancel cancel);
  void revoke(std::int32_t process_id, const std::string& key);
  // Returns at once; calls `done` when the cancel has been passed on, or right away when no session has that key. Says
  // to nobody whether one has (protocol.md, 1.4.2).
  void request(std::int32_t process_id, const std::string& key, std::function<void()> done) const;

 private:
  struct Entry {
    std::string key;
    Cancel cancel;
  };

  mutable std::mutex mutex_;
  // Several servers may have processes of the same id.
  std::unordered_multimap<std::int32_t, Entry> entries_;
};

}  // namespace sqlproxy::frontend
