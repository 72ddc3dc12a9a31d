#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "frontend/judgement.hpp"

namespace sqlproxy::frontend {

// What a client's names of prepared statements (or portals) stand for, in step with the server: a name changes its
// meaning when the server confirms the message that changes it, and messages behind that one already count with it.
//
// Every change is announced with expect() when its message is sent, and ends with confirm() or forget(), in the same
// order. Knows nothing of sockets or SQL; not thread-safe. Names are compared as PostgreSQL's hash tables do, by their
// first 63 bytes.
class NameRegistry {
 public:
  struct Found {
    PreparedPtr statement;  // null: there is no such name
    // The group of the change that this rests on, when it is not confirmed yet; 0: it is.
    std::uint32_t unconfirmed_group = 0;
  };

  enum class Change : std::uint8_t { define, remove, remove_all };

  // `payload` tells the changes of one message; `group` is ReplyTracker's.
  void expect(std::uint32_t payload, std::uint32_t group, Change change, std::string_view name,
              PreparedPtr statement = {});
  // The first expected change of `payload` has taken place; without one, nothing happens.
  void confirm(std::uint32_t payload);
  // The changes of `payload` that are still expected do not take place.
  void forget(std::uint32_t payload);
  // Takes effect at once, without announcement.
  void remove_now(std::string_view name);
  void remove_all_now();

  // What `name` stands for to a message that is sent now.
  [[nodiscard]] Found find(std::string_view name) const;
  [[nodiscard]] bool has_expected() const { return !expected_.empty(); }
  [[nodiscard]] std::size_t size() const { return confirmed_.size(); }

 private:
  struct Expected {
    std::uint32_t payload = 0;
    std::uint32_t group = 0;
    Change change = Change::define;
    std::string name;
    PreparedPtr statement;
  };

  std::map<std::string, PreparedPtr, std::less<>> confirmed_;
  // As long as a client's pipeline; changes end at the front, as a rule.
  std::deque<Expected> expected_;
};

}  // namespace sqlproxy::frontend
