#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audit/redacted_text.hpp"
#include "audit/session_facts.hpp"
#include "audit/statement_facts.hpp"
#include "core/clock.hpp"
#include "core/sqlstate.hpp"
#include "core/uuid.hpp"

namespace sqlproxy::audit {

enum class EventKind { statement, connect, auth_failure, disconnect, reload, admin, overflow };
enum class Protocol { simple, extended, copy, function, http };
enum class Decision { allow, deny, observe };
enum class EventStatus { ok, error, denied, canceled, disconnected };

struct Classification {
  std::string column;
  std::string tag;
  double confidence = 0;  // 0 to 1
  std::string method;
  std::uint64_t rows_sampled = 0;
};

// One line of the audit trail, less what its writer adds: sequence_num, node_id, prev_hash and hash.
//
// A plain value that a worker fills in and moves into Trail::submit(). Which members are written for which kind, and
// what they mean, is in docs/audit.md; members that a kind does not have are ignored. Empty strings and empty optionals
// are written as null. No member may hold row data, bind values or secrets.
struct Event {
  EventKind kind = EventKind::statement;
  core::Uuid event_id;         // set by the producer, because error HINTs show it; nil: Trail::submit() makes one
  core::WallTime received_at;  // when the message that led to the event had arrived; epoch: same as timestamp
  core::WallTime timestamp;    // when the event was complete; epoch: Trail::submit() takes the time

  std::shared_ptr<const SessionFacts> session;      // none: the event belongs to no session
  std::shared_ptr<const StatementFacts> statement;  // none: nothing is known of the statement

  std::optional<std::int32_t> backend_pid;
  std::optional<Protocol> protocol;
  std::optional<bool> in_transaction;

  std::optional<Decision> decision;
  std::string matched_rule;
  std::optional<std::int32_t> specificity;
  std::string reason;
  std::string policy_version;

  std::optional<EventStatus> status;
  std::optional<core::SqlState> sqlstate;
  RedactedText error;

  std::optional<std::uint64_t> rows_returned;
  std::optional<std::uint64_t> rows_affected;
  std::optional<std::uint64_t> bytes_in;   // from the client
  std::optional<std::uint64_t> bytes_out;  // to the client

  std::vector<Classification> classifications;
  std::optional<bool> has_pii;  // none: nothing was classified, and an empty list of classifications is written as null
  std::optional<bool> cache_hit;

  std::optional<core::Duration> queue_time;  // waiting for a server connection or a slot
  std::optional<core::Duration> db_time;     // the server's share
  std::optional<core::Duration> proxy_time;  // the proxy's own share
  std::optional<core::Duration> total_time;

  // Events of kinds without a statement say here what happened: the authentication method for connect and auth_failure,
  // the action for admin. (Statements keep theirs in StatementFacts.)
  std::string action;
  // Events lost; kind overflow only. Set by the writer.
  std::uint64_t dropped = 0;
};

}  // namespace sqlproxy::audit
