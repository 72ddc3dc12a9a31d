#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "frontend/result_desk.hpp"
#include "frontend/session_journal.hpp"
#include "frontend/statement_gate.hpp"
#include "wire/message_type.hpp"
#include "wire/reply_tracker.hpp"

namespace sqlproxy::frontend {

// Watches a session's results pass, for their classification: finds out what their columns are, and reads the first
// rows along. Nothing that goes wrong here reaches the client: a result that cannot be read is not classified.
//
// The relay tells it of every message of the server that answers a client's, before the tracker is told. One per
// session, not thread-safe.
class ResultWatch {
 public:
  ResultWatch(SessionJournal& journal, const StatementGate& gate) : journal_(journal), gate_(gate) {}

  // Outlives the session; without one nothing is watched.
  void use(ResultDesk& desk) { desk_ = &desk; }

  // A message with its whole body. `head`: what it answers.
  void on_message(wire::BackendType type, const wire::ReplyTracker::Entry& head, std::string_view body);
  // A DataRow, CopyData or FunctionCallResponse begins; `part` is what has come of its body of `size` bytes.
  void on_streamed(wire::BackendType type, const wire::ReplyTracker::Entry& head, std::string_view part,
                   std::size_t size);
  // More of that body.
  void on_more(std::string_view part) {
    if (message_left_ != 0) take(part);
  }

 private:
  enum class Mode : std::uint8_t {
    fresh,  // no result, or nothing is known of it yet
    rows,
    copy,
    done,  // what comes is not looked at
  };

  void start(const wire::ReplyTracker::Entry& head, std::string_view description);
  void start_undescribed(const wire::ReplyTracker::Entry& head, std::string_view row);
  void note_empty(const wire::ReplyTracker::Entry& head);
  void start_copy(const wire::ReplyTracker::Entry& head, std::string_view response);
  void start_function(const wire::ReplyTracker::Entry& head, std::string_view part);
  void remember(const wire::ReplyTracker::Entry& head, std::string_view description);
  void take(std::string_view part);
  void end_result();
  [[nodiscard]] std::uint64_t scope_basis();
  [[nodiscard]] pipeline::ResultShapePtr shape_of(std::string_view description, const InFlight& flight);
  [[nodiscard]] bool read_with(AuditedStatement* statement);

  SessionJournal& journal_;
  const StatementGate& gate_;
  ResultDesk* desk_ = nullptr;
  Mode mode_ = Mode::fresh;
  // Of the result that comes now; also the event's.
  std::shared_ptr<ResultReading> reading_;
  // Bytes of the message under way that are still to come.
  std::size_t message_left_ = 0;
  // Of the session's scope, and SessionScope::version() when it was made; 0: not yet.
  std::uint64_t scope_basis_ = 0;
  std::uint64_t scope_version_ = 0;
};

}  // namespace sqlproxy::frontend
