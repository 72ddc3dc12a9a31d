#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backend/catalog_slot.hpp"
#include "backend/server_statements.hpp"
#include "frontend/audited_statement.hpp"
#include "frontend/declared_cursors.hpp"
#include "frontend/judgement.hpp"
#include "frontend/missing_names.hpp"
#include "frontend/name_registry.hpp"
#include "frontend/own_queries.hpp"
#include "frontend/session_scope.hpp"
#include "pipeline/session_effects.hpp"
#include "wire/messages/error_response.hpp"
#include "wire/reply_tracker.hpp"

namespace sqlproxy::frontend {

// What a message that is under way means to the session: which statements it executes and which names it changes.
struct InFlight {
  enum class Kind : std::uint8_t {
    query,
    parse,
    bind,
    describe,
    execute,
    close,
    function_call,
    denial,
    own_message,    // of StatementProvider
    own_savepoint,  // of StatementProvider
    own_replay,
    own_probe,
    own_hand_over
  };

  Kind kind = Kind::denial;
  audit::Protocol protocol = audit::Protocol::simple;
  // Query: one for each statement; Execute, FunctionCall: one.
  std::vector<AuditedStatement> statements;
  std::size_t current = 0;
  // Query: what its statements are.
  std::shared_ptr<const pipeline::Analysis> analysis;
  // Parse, Bind, Describe, Execute.
  PreparedPtr prepared;
  // Own message: what it puts on the server.
  PreparedPtr provides;
  // Bind, Execute: the name of the portal; own message: the client's name of what it puts on the server.
  std::string name;
  // A Parse of the unnamed statement, which may be denied or fail: the old one is gone all the same.
  bool drops_unnamed = false;
  Arrival arrival;
};

// Follows what becomes of a session's messages: keeps the names, the settings and the audit in step with what the
// server confirms. The observer of the session's ReplyTracker; one per session, not thread-safe.
class SessionJournal final : public wire::ReplyTracker::Observer {
 public:
  // `on_group_end` is called at each ReadyForQuery.
  SessionJournal(std::shared_ptr<const pipeline::NameScope> initial_scope,
                 std::shared_ptr<backend::CatalogSlot> catalog, std::function<void()> on_group_end);

  // In transaction pooling: where to find the names of the server connection that the session uses, or null.
  void follow_server_statements(std::function<backend::ServerStatements*()> server_statements) {
    server_statements_ = std::move(server_statements);
  }

  // Notes a message before it is pushed to the tracker under the payload that is returned.
  [[nodiscard]] std::uint32_t open(InFlight&& flight);
  [[nodiscard]] InFlight& flight(std::uint32_t payload) { return slots_[payload]; }
  // Takes a message back that is not sent after all.
  void withdraw(std::uint32_t payload);

  // Announces the names and settings that `statement` changes when it succeeds.
  void expect_effects(std::uint32_t payload, std::uint32_t group, const pipeline::Statement& statement,
                      const PreparedPtr& defines);

  [[nodiscard]] NameRegistry& statements() { return statements_; }
  [[nodiscard]] NameRegistry& portals() { return portals_; }
  [[nodiscard]] DeclaredCursors& cursors() { return cursors_; }
  [[nodiscard]] SessionScope& scope() { return scope_; }
  [[nodiscard]] AuditContext& audit() { return audit_; }

  // An execution of the portal has stopped at its row limit.
  [[nodiscard]] bool is_suspended(const std::string& portal) const { return suspended_.contains(portal); }
  // An execution that stopped at its row limit goes on: the event of its first part is taken up again.
  [[nodiscard]] AuditedStatement resume(const std::string& portal);

  // A statement since the last ReadyForQuery has reset settings to those of the login.
  [[nodiscard]] bool settings_reset() const { return settings_reset_; }

  // Who is told of the proxy's own queries; null: nobody. Outlives its attachment.
  void set_own_queries(OwnQueryObserver* observer) { own_queries_ = observer; }
  // The relay saw a DataRow of the proxy's own query at the head.
  void own_row(std::uint32_t payload, std::string_view body);

  // What the statements that were executed since it was cleared may have left behind on the server connection.
  [[nodiscard]] pipeline::EffectFlags& left_behind() { return left_behind_; }
  // The settings of a name with a dot that statements have named so far, which no server lists.
  [[nodiscard]] const std::vector<std::string>& custom_settings() const { return custom_settings_; }

  // The relay saw a DataRow, or bytes of the reply at the head.
  void count_row() { ++rows_; }
  void count_bytes(std::size_t bytes) { bytes_out_ += bytes; }

  // A COMMIT is under way: if the server is lost now, nobody knows whether it took place.
  [[nodiscard]] bool committing(const wire::ReplyTracker& tracker) const;

  // The error that the client is to see in place of the one that the tracker was just told of, as a message; empty: the
  // server's own. Where a Query meets a name of the client's that is missing because it could not be put there, it is
  // the error of that.
  [[nodiscard]] std::string take_explanation() { return std::exchange(explanation_, {}); }
  // One of the proxy's own messages in a batch of the client's has failed since this was last asked.
  [[nodiscard]] bool take_own_failure() { return std::exchange(own_failed_, false); }

  // What became of the newest first part of a Query.
  enum class FirstPart : std::uint8_t { under_way, done, failed };
  void start_first_part() { first_part_ = FirstPart::under_way; }
  [[nodiscard]] FirstPart first_part() const { return first_part_; }

  // Everything still under way ends without an answer; their events say so.
  void abandon();

  void on_result(const wire::ReplyTracker::Entry& entry, wire::ReplyTracker::Result result,
                 std::string_view body) override;
  void on_success(const wire::ReplyTracker::Entry& entry) override;
  void on_failure(const wire::ReplyTracker::Entry& entry, std::string_view body) override;
  void on_skip(const wire::ReplyTracker::Entry& entry) override;
  void on_ready(const wire::ReplyTracker::Entry& entry, wire::TransactionStatus status) override;

 private:
  void release(std::uint32_t payload);
  void confirm_names(std::uint32_t payload);
  void forget_names(std::uint32_t payload);
  void note_own_failure(const wire::ReplyTracker::Entry& entry, const wire::ErrorResponse& error,
                        std::string_view body);
  void note_worn_out(const wire::ReplyTracker::Entry& entry, const wire::ErrorResponse& error);
  [[nodiscard]] bool is_own(std::uint32_t payload) const;
  [[nodiscard]] OwnQuery own_query(std::uint32_t payload) const;
  void note_custom_setting(const std::string& name);
  void note_left_behind(const pipeline::SessionEffects& effects);
  void note_left_behind(const InFlight& flight, std::size_t index);
  void finish_statement(InFlight& flight, std::size_t index, std::string_view tag);
  void announce_ddl();
  void close_cursors(const pipeline::Statement& statement);
  void apply_effects(std::uint32_t payload, const pipeline::Statement& statement, std::string_view tag);
  [[nodiscard]] static const pipeline::Statement* statement_of(const InFlight& flight, std::size_t index);

  // First, and so the last to go: statements on their way refer to it.
  AuditContext audit_;
  std::vector<InFlight> slots_;
  std::vector<std::uint32_t> free_;
  NameRegistry statements_;
  NameRegistry portals_;
  DeclaredCursors cursors_;
  SessionScope scope_;
  std::shared_ptr<backend::CatalogSlot> catalog_;
  std::function<void()> on_group_end_;
  std::function<backend::ServerStatements*()> server_statements_;
  std::map<std::string, AuditedStatement, std::less<>> suspended_;
  std::uint64_t rows_ = 0;
  std::uint64_t bytes_out_ = 0;
  bool group_failed_ = false;
  bool catalog_changed_ = false;
  bool settings_reset_ = false;
  OwnQueryObserver* own_queries_ = nullptr;
  MissingNames missing_names_;
  std::string explanation_;
  bool own_failed_ = false;
  FirstPart first_part_ = FirstPart::done;
  pipeline::EffectFlags left_behind_;
  std::vector<std::string> custom_settings_;
};

}  // namespace sqlproxy::frontend
