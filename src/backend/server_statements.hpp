#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backend/statement_store.hpp"
#include "core/staged_map.hpp"

namespace sqlproxy::backend {

// What a name stands for on a server connection.
struct StatementOnServer {
  SharedStatementPtr statement;
  // CatalogSlot::ddl_epoch() when it was sent to the server.
  std::uint64_t ddl_epoch = 0;
  // Of a client's own name: the client; 0 for a shared or the unnamed statement.
  std::uint64_t client = 0;
  // The server has said that it is of no use any more.
  bool worn_out = false;
  std::uint64_t last_use = 0;
};

// Which prepared statements a server connection has, by the names that they have there: those that clients share
// (SharedStatement::server_name), the unnamed one, and those under a client's own names, which exist where SQL refers
// to them. It goes with its connection from client to client and from worker to worker; not thread-safe.
//
// Whoever sends a message that changes it says so with expect(), under the payload of its entry in the client's
// ReplyTracker, and tells what became of it with confirm() or forget(); see StagedMap.
class ServerStatements {
 public:
  // How many names a connection should have; whoever adds one beyond that closes the one that victim() tells.
  static constexpr std::size_t kCapacity = 1000;

  using Occupant = StatementOnServer;
  using Map = core::StagedMap<Occupant>;
  using Change = Map::Change;
  using Found = Map::Found;

  void expect(std::uint32_t payload, std::uint32_t group, Change change, std::string_view name, Occupant occupant = {});
  void confirm(std::uint32_t payload) { names_.confirm(payload); }
  void forget(std::uint32_t payload) { names_.forget(payload); }
  // The server drops its unnamed statement at each Query, also at one of the proxy's own.
  void forget_unnamed() { names_.remove_now(""); }
  // After DISCARD ALL as a Query. Requires: nothing is expected.
  void lose_all() {
    names_.clear_now();
    owner_ = 0;
    may_have_unseen_ = false;
  }

  // What `name` stands for on the server when the next message arrives there.
  [[nodiscard]] Found find(std::string_view name) { return names_.find(name); }
  // As find, and notes that it is used.
  [[nodiscard]] Found use(std::string_view name);
  template <class Visit>
  void for_each(Visit visit) {
    names_.for_each(visit);
  }

  // The server refuses to use it: it is closed before the next use.
  void wear_out(std::string_view name);
  // With room for one more name: empty. Otherwise the one to close, which was not used for long and is certain to be
  // there; empty when all are of late.
  [[nodiscard]] std::string victim();

  // Code runs on the server that nobody has read, and that may PREPARE what is not noted here.
  void note_unseen_code() { may_have_unseen_ = true; }
  [[nodiscard]] bool may_have_unseen() const { return may_have_unseen_; }

  // There may be names of other clients' own.
  [[nodiscard]] bool may_have_names_of_others(std::uint64_t client) const { return owner_ != 0 && owner_ != client; }
  // There are none but of `client`, for certain.
  void belong_to(std::uint64_t client) { owner_ = client; }

  [[nodiscard]] std::size_t size() const { return names_.size(); }
  [[nodiscard]] bool has_expected() const { return names_.has_expected(); }
  [[nodiscard]] std::uint32_t newest_group() const { return names_.newest_group(); }

 private:
  // A search for the oldest looks at every name: what it finds is for as many calls of victim().
  static constexpr std::size_t kVictims = 64;

  void find_victims();

  Map names_;
  // The next ones to close, the oldest last.
  std::vector<std::pair<std::uint64_t, std::string>> victims_;
  std::size_t calls_until_search_ = 0;
  static constexpr std::uint64_t kSeveral = UINT64_MAX;

  // The client whose own names there may be; 0: nobody's.
  std::uint64_t owner_ = 0;
  std::uint64_t uses_ = 0;
  bool may_have_unseen_ = false;
};

}  // namespace sqlproxy::backend
