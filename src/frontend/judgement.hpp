#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "audit/statement_facts.hpp"
#include "backend/statement_store.hpp"
#include "core/error.hpp"
#include "pipeline/analysis.hpp"
#include "pipeline/session_effects.hpp"
#include "pipeline/statement_type.hpp"
#include "pipeline/verdict.hpp"

namespace sqlproxy::frontend {

// What the policy says of one statement of one session at one moment, in the form that execution and audit need.
// Immutable and shared: executions of the same prepared statement, and sessions of the same user that send the same
// text (JudgementCache), refer to one as long as nothing has changed that it rests on.
struct Judgement {
  pipeline::Decision decision = pipeline::Decision::deny;
  pipeline::StatementType type = pipeline::StatementType::unparsed;
  // Set unless allowed: what the client is told, without the event's id.
  std::optional<core::Error> error;
  std::string matched_rule;
  int specificity = 0;
  std::string reason;
  std::string policy_version;
  std::shared_ptr<const audit::StatementFacts> facts;
  // What executing it may leave behind on the server connection.
  pipeline::SessionEffects effects;
  // PREPARE: what each EXECUTE of it may leave behind.
  pipeline::SessionEffects executed_effects;
  // Of a text that could not be read: what it does is not known until it is done.
  bool unparsed = false;

  [[nodiscard]] bool allowed() const { return decision != pipeline::Decision::deny; }
};

using JudgementPtr = std::shared_ptr<const Judgement>;

// A statement that a client has prepared, by Parse or by PREPARE. Shared by its name, its portals and the messages that
// are under way.
struct PreparedStatement {
  std::shared_ptr<const pipeline::Analysis> analysis;
  // Which of the analysis's statements; none for an empty query.
  std::optional<std::size_t> index;
  std::size_t sql_bytes = 0;
  bool cache_hit = false;
  // Made by PREPARE: the statement is the PREPARE, and executing it runs the query inside.
  bool by_sql = false;
  // The newest, and StatementGate::epoch() when it was made: another epoch may mean another answer.
  JudgementPtr judgement;
  std::uint64_t epoch = 0;
  // In transaction pooling: what a server connection that lacks it is sent. Of one that PREPARE made, the text of that.
  backend::SharedStatementPtr source;
  // Rises with each that the client prepares.
  std::uint64_t number = 0;
  // The newest RowDescription in answer to a Describe of it or of one of its portals; null: there was none.
  std::shared_ptr<const std::string> description;
  // CatalogSlot::ddl_epoch() when the client prepared it: a server's copy that is older is not what the client has.
  std::uint64_t ddl_epoch = 0;
  // One more than the epoch of DDL at which a server connection could not be given it; 0: it could.
  std::uint64_t failed_epoch = 0;

  [[nodiscard]] const pipeline::Statement* statement() const { return index ? &analysis->statements[*index] : nullptr; }
};

using PreparedPtr = std::shared_ptr<PreparedStatement>;

}  // namespace sqlproxy::frontend
