#pragma once

#include <cstdint>
#include <string_view>

#include "core/identifier.hpp"
#include "core/staged_map.hpp"
#include "frontend/judgement.hpp"

namespace sqlproxy::frontend {

// What a client's names of prepared statements (or portals) stand for, in step with the server: a StagedMap whose names
// are compared as PostgreSQL's hash tables do, by their first 63 bytes. Knows nothing of sockets or SQL; not
// thread-safe.
class NameRegistry {
 public:
  struct Found {
    PreparedPtr statement;  // null: there is no such name
    // The group of the change that this rests on, when it is not confirmed yet; 0: it is.
    std::uint32_t unconfirmed_group = 0;
  };

  // remove_all leaves the unnamed statement, as DEALLOCATE ALL and DISCARD ALL do.
  using Change = core::StagedMap<PreparedPtr>::Change;

  // `payload` tells the changes of one message; `group` is ReplyTracker's.
  void expect(std::uint32_t payload, std::uint32_t group, Change change, std::string_view name,
              PreparedPtr statement = {}) {
    names_.expect(payload, group, change, core::truncate_hash_key(name), std::move(statement));
  }
  // The first expected change of `payload` has taken place; without one, nothing happens.
  void confirm(std::uint32_t payload) { names_.confirm(payload); }
  // The changes of `payload` that are still expected do not take place.
  void forget(std::uint32_t payload) { names_.forget(payload); }
  // Takes effect at once, without announcement.
  void remove_now(std::string_view name) { names_.remove_now(core::truncate_hash_key(name)); }
  // Also the unnamed.
  void clear_now() { names_.clear_now(); }

  // What `name` stands for to a message that is sent now.
  [[nodiscard]] Found find(std::string_view name) {
    const auto found = names_.find(core::truncate_hash_key(name));
    return {found.value == nullptr ? nullptr : *found.value, found.unconfirmed_group};
  }
  // Calls visit(name, statement) for all that stand for something to a message that is sent now.
  template <class Visit>
  void for_each(Visit visit) {
    names_.for_each(
        [&](std::string_view name, const PreparedPtr& statement, std::uint32_t /*group*/) { visit(name, statement); });
  }
  [[nodiscard]] bool has_expected() const { return names_.has_expected(); }
  // The group of the newest change that is expected; 0: none is.
  [[nodiscard]] std::uint32_t newest_group() const { return names_.newest_group(); }
  [[nodiscard]] std::size_t size() const { return names_.size(); }

 private:
  core::StagedMap<PreparedPtr> names_;
};

}  // namespace sqlproxy::frontend
