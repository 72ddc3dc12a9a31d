#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/analysis.hpp"
#include "pipeline/made_relations.hpp"
#include "pipeline/name_scope.hpp"
#include "wire/messages/ready_for_query.hpp"

namespace sqlproxy::frontend {

// How the server reads a session's names: its search_path, its temporary relations, what its DDL has made and taken
// away, followed through SET, SET LOCAL, set_config, RESET, transactions and savepoints. As NameRegistry, it is told of
// a statement's effects when the statement is sent, and applies them when the server confirms it; statements behind it
// are judged as if it had succeeded, which is right because the server skips them otherwise.
//
// Where it cannot know (a value that is not a constant, a function that may change it), the search_path counts as
// unknown until it is set again; where it cannot know when a change is made (a set_config in a cursor or a PREPARE),
// until DISCARD ALL. Not thread-safe.
class SessionScope {
 public:
  // Sessions that begin alike may share `initial`.
  explicit SessionScope(std::shared_ptr<const pipeline::NameScope> initial);

  // The scope for a statement that is sent now.
  [[nodiscard]] const pipeline::NameScope& predicted() const { return *predicted_; }
  // Rises whenever predicted() may have changed.
  [[nodiscard]] std::uint64_t version() const { return version_; }
  // The group of the newest effect that an error of its group can still take back; 0: there is none. A confirmed one is
  // certain with the ReadyForQuery only, which ends the implicit transaction that it may stand in.
  [[nodiscard]] std::uint32_t unconfirmed_group() const;

  // True when the statement can change the search_path.
  [[nodiscard]] static bool changes_path(const pipeline::Statement& statement);
  // True when the statement can change the scope.
  [[nodiscard]] static bool concerns(const pipeline::Statement& statement);

  void expect(std::uint32_t payload, std::uint32_t group, const pipeline::Statement& statement);
  void confirm(std::uint32_t payload, bool tag_is_rollback);
  void forget(std::uint32_t payload);
  // Something that was sent changes the search_path at a time that cannot be followed.
  void lose_path();
  // EXECUTE of a statement that Parse has made is sent: what it takes away is gone from here on.
  void note_executed(const pipeline::Statement& statement);
  // ReadyForQuery; `failed`: an error occurred since the last one. `newest_load`: of the CatalogSlot.
  void on_ready(wire::TransactionStatus status, bool failed, std::uint64_t newest_load);

 private:
  struct Path {
    std::vector<std::string> names;
    bool known = true;
  };
  // Copies share it.
  using PathPtr = std::shared_ptr<const Path>;
  // What of the scope follows transactions.
  struct State {
    PathPtr session_path;  // null: that of the login
    PathPtr local_path;    // SET LOCAL; null: none
    std::vector<pipeline::MadeRelation> made;
  };
  struct Savepoint {
    std::string name;
    State state;
  };
  struct Course {
    State committed;
    State current;
    std::vector<Savepoint> savepoints;
  };
  struct Effect {
    std::vector<pipeline::SettingChange> settings;
    pipeline::TransactionControl transaction;
    pipeline::RelationChange relations;
    // PREPARE and DECLARE: the settings change when the statement inside is executed.
    bool loses_path = false;
    bool discards_all = false;
    bool discards_temporary = false;

    // It takes away lasting names alone, which count as changed whether it succeeds or not.
    [[nodiscard]] bool settled() const;
  };
  struct Expected {
    std::uint32_t payload = 0;
    std::uint32_t group = 0;
    Effect effect;
  };

  [[nodiscard]] static Effect effect_of(const pipeline::Statement& statement, const pipeline::NameScope& scope);
  [[nodiscard]] const std::vector<std::string>& names_of(const PathPtr& session_path) const;
  [[nodiscard]] bool is_known(const PathPtr& session_path) const;
  [[nodiscard]] bool same(const PathPtr& a, const PathPtr& b) const;
  static void end_transaction(bool committed, Course& course);
  // What is committed, the next load of the catalog will tell. True: there was something.
  bool note_committed(std::uint64_t newest_load);
  static void control_transaction(const pipeline::TransactionControl& control, bool committed, Course& course);
  static void set_path(const pipeline::SettingChange& change, State& state);
  static void change_state(const Effect& effect, State& state);
  // Something may stand that a statement can take away.
  [[nodiscard]] bool has_made() const;
  void note_changed_names(const pipeline::Statement& statement);
  void refresh();
  void predict(const State& state, bool lost, std::vector<std::string> temporary);

  // What does not follow transactions, and the search_path of the login.
  std::shared_ptr<const pipeline::NameScope> base_;
  // base_ itself while nothing makes it differ.
  std::shared_ptr<const pipeline::NameScope> predicted_;
  // As the server has confirmed it.
  Course course_;
  std::vector<std::string> temporary_relations_;
  bool path_lost_ = false;
  std::vector<Expected> expected_;
  // Of the newest confirmed effect, until its ReadyForQuery.
  std::uint32_t unsettled_group_ = 0;
  std::uint64_t version_ = 1;
};

}  // namespace sqlproxy::frontend
