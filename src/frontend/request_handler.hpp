#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/rare.hpp"
#include "frontend/output_batch.hpp"
#include "frontend/session_core.hpp"
#include "frontend/statement_mapper.hpp"
#include "wire/frame.hpp"
#include "wire/messages/bind.hpp"
#include "wire/messages/parse.hpp"
#include "wire/messages/query.hpp"

namespace sqlproxy::frontend {

// The way from the client to the server: reads messages, has their statements judged, and forwards, denies or answers
// them. Never waits itself: what it cannot decide yet it leaves unread and says so. One worker's thread only.
class RequestHandler {
 public:
  enum class Outcome {
    more_input,         // everything usable is used
    wait_for_group,     // go on when the server has answered what is under way, also of the proxy's own
    wait_for_analysis,  // go on when analysis_done()
    need_server,        // go on when core.server is set, or after refuse_next()
    need_place,         // go on after core.admission.wait()
    terminate,          // the client said Terminate
    violation,          // not the protocol: see fault()
  };

  RequestHandler(SessionCore& core, std::size_t max_query_size)
      : core_(core), max_query_size_(max_query_size), mapper_(core, to_server_) {}

  // Bytes of SQL in one message; for messages that come from now on.
  void set_max_query_size(std::size_t size) { max_query_size_ = size; }

  // No server connection is to be had for the message that process() stopped at: it gets this error.
  void refuse_next(core::Error error) { refusal_ = std::move(error); }
  // Syncs that were kept back until it is known whether a COPY reads: appends to to_server() those that count.
  void settle_held_syncs();

  // Works on the unread bytes. The views in to_server() are good until `input` is changed.
  [[nodiscard]] Outcome process(std::string_view input);
  // The analysis that process() stopped for is there.
  [[nodiscard]] bool analysis_done() const {
    return !analysis_job_ || analysis_job_->done.load(std::memory_order_acquire);
  }
  // Bytes of the input that the last process() used.
  [[nodiscard]] std::size_t used() const { return used_; }
  // Bytes that the next message needs in one block, its header included; 0: no more than a header.
  [[nodiscard]] std::size_t needed() const { return needed_; }
  // What the last process() has for the server.
  [[nodiscard]] OutputBatch& to_server() { return to_server_; }
  // After a violation: what to tell the client, if anything, before the connection ends.
  [[nodiscard]] const core::Rare<core::Error>& fault() const { return fault_; }

  // Of the message at hand, or the last one.
  [[nodiscard]] const Arrival& arrival() const { return arrival_; }

  // True while a part of a message has been forwarded and its rest has not arrived: nothing else may be sent.
  [[nodiscard]] bool within_message() const { return body_left_ != 0; }

 private:
  enum class Step {
    next,
    more_input,
    wait_for_group,
    wait_for_analysis,
    need_server,
    need_place,
    terminate,
    violation
  };
  // What becomes of the rest of a message that is not read as a whole.
  enum class Rest { forward, drop };

  void note_arrival();
  [[nodiscard]] Step handle_one(std::string_view rest);
  [[nodiscard]] Step handle_frame(const wire::FrameHeader& header, std::string_view frame);
  [[nodiscard]] Step start_rest(const wire::FrameHeader& header, std::string_view rest, Rest treatment);
  [[nodiscard]] Step refuse_too_long(const wire::FrameHeader& header, std::string_view rest);
  void forward(std::string_view bytes) { to_server_.relay(bytes); }

  // The server knows nothing of this message, and need not: it is ignored, or answered here.
  [[nodiscard]] bool concerns_nobody(wire::FrontendType type) const;
  [[nodiscard]] bool must_wait_for_copy(wire::FrontendType type) const;
  [[nodiscard]] Step refuse_unserved(const wire::FrameHeader& header, std::string_view rest);
  void refuse_query(std::string_view frame, const core::Error& error);
  [[nodiscard]] Step on_query(std::string_view frame);
  [[nodiscard]] Step start_query(std::string_view frame);
  [[nodiscard]] Step on_parse(std::string_view frame);
  [[nodiscard]] Step on_bind(const wire::FrameHeader& header, std::string_view rest);
  [[nodiscard]] Step on_describe(std::string_view frame);
  [[nodiscard]] Step on_execute(std::string_view frame);
  [[nodiscard]] Step on_close(std::string_view frame);
  [[nodiscard]] Step on_sync(std::string_view frame);
  [[nodiscard]] Step on_flush(std::string_view frame);
  [[nodiscard]] Step on_function_call(const wire::FrameHeader& header, std::string_view rest);
  // In transaction pooling: a Parse that must wait or is denied after all; none: it is to be sent.
  [[nodiscard]] std::optional<Step> prepare_to_map(const wire::Parse& parse, const PreparedPtr& prepared);
  // In transaction pooling: what the message refers to by SQL is noted in mentions_. True: it has to wait.
  [[nodiscard]] bool must_wait_to_use(const PreparedPtr& prepared, std::string_view name);
  [[nodiscard]] bool must_wait_to_execute(const PreparedPtr& prepared);
  // Under which name the server has, or is now given, the statement that the client calls `name`.
  [[nodiscard]] std::string_view name_on_server(const PreparedPtr& prepared, std::string_view name);
  [[nodiscard]] Step start_renamed_bind(const wire::FrameHeader& header, std::string_view rest,
                                        const wire::Bind::Names& names, std::string_view server_name);
  [[nodiscard]] Step on_copy(const wire::FrameHeader& header, std::string_view rest);

  // The statements of one Query as they are judged: all of them before any is sent.
  using Admission = audit::Trail::Admission;
  struct JudgedQuery {
    std::vector<JudgementPtr> judgements;
    JudgementPtr denied;  // the first that is, or null
    bool wait = false;
    // In transaction pooling: statements that change what the server has, and what a PREPARE makes.
    std::vector<std::pair<const pipeline::Statement*, PreparedPtr>> changes;
  };
  [[nodiscard]] JudgedQuery judge_query(std::uint32_t payload, const pipeline::TextAnalyzer::Outcome& outcome,
                                        std::string_view text);
  [[nodiscard]] Step deny_judged_query(const JudgedQuery& judged, bool cache_hit);
  // The text's analysis; none: another thread is making it, and the message has to wait.
  [[nodiscard]] std::optional<pipeline::TextAnalyzer::Outcome> analyze(std::string_view text);
  // A Query that cannot be sent as it is, see request_handler_parts.cpp; its `payload` is taken back. None: it can.
  [[nodiscard]] std::optional<Step> hold_query(const wire::Query& query, std::uint32_t payload,
                                               const pipeline::TextAnalyzer::Outcome& outcome,
                                               const JudgedQuery& judged, Admission admission);
  [[nodiscard]] bool may_hold() const;
  [[nodiscard]] bool needs_first_part(const pipeline::Analysis& analysis);
  [[nodiscard]] Step send_first_part(std::string_view text, const pipeline::TextAnalyzer::Outcome& outcome,
                                     const JudgementPtr& judgement, Admission admission);
  [[nodiscard]] Step send_rest();
  [[nodiscard]] Step go_on_after_asking(std::string_view frame);
  // The error of statements that come too soon. Each message is counted once, however often it is looked at.
  [[nodiscard]] std::optional<core::Error> limit(std::span<const pipeline::Statement> statements);
  [[nodiscard]] std::optional<core::Error> limit_one();
  void limit_query(JudgedQuery& judged, const core::Error& error) const;
  // Whether a message that makes the server work may be sent now; if not it has to wait, or gets start_refusal().
  enum class Start { now, wait, refused };
  [[nodiscard]] Start start();
  [[nodiscard]] const core::Error& start_refusal() const { return *start_refusal_; }
  // An Execute or FunctionCall that was allowed, and is not executed for another reason.
  void refuse_execution(wire::ReplyTracker::Request request, const JudgementPtr& judgement, const core::Error& error);
  // What a refused text came in. A Parse of the unnamed statement drops the old one even so.
  enum class Carrier { query, named_parse, unnamed_parse };
  [[nodiscard]] std::optional<Step> check_reading(std::string_view text, Carrier carrier);
  [[nodiscard]] Step refuse_text(const pipeline::Analysis& analysis, std::string_view text, Carrier carrier);
  [[nodiscard]] Step forward_unparsed(const JudgementPtr& judgement, std::string_view frame);
  // The newest judgement of a prepared statement, and of the one that it EXECUTEs.
  [[nodiscard]] JudgementPtr current_judgement(const PreparedPtr& prepared, bool& wait);
  // `own` of an EXECUTE, FETCH or MOVE with what it runs; of others as it is.
  [[nodiscard]] JudgementPtr with_what_it_runs(const pipeline::Statement& statement, const JudgementPtr& own,
                                               bool& wait);
  [[nodiscard]] JudgementPtr judge_executed(const std::string& name, const JudgementPtr& own, bool& wait);
  [[nodiscard]] JudgementPtr judge_fetched(const std::string& name, const JudgementPtr& own, bool& wait);
  // What to do with EXECUTE of a name that the client does not have. A function may have prepared it, unseen: then what
  // it does was never judged.
  enum class UnknownExecuted {
    deny,
    close,   // nothing that is executed before it in the message can have prepared it: close it, and the server says no
    absent,  // it cannot exist: the server says no
    ignore,  // it is not executed yet
  };
  // Takes over what the mapper has to know of a statement that is executed.
  void note_effects(const pipeline::Statement& statement, const Judgement& judgement);
  [[nodiscard]] bool unconfirmed(std::uint32_t group) const;
  // How the server reads the backslashes of a text.
  enum class Reading { certain, not_known_yet, ambiguous };
  [[nodiscard]] Reading reading_of(std::string_view text) const;

  // What PostgreSQL says of a message that is wrong while the transaction has failed: that it has, or what is wrong.
  enum class Precedence { failed_transaction, error };
  // Errors that are found in the message or its text alone precede.
  [[nodiscard]] static Precedence precedence_of(const core::Error& error);

  // Deny a Query or FunctionCall, or a message of the extended protocol: without the server where nothing is under way
  // there, otherwise by a message in its place that fails for certain.
  void deny_query(wire::ReplyTracker::Request request, const core::Error& error, core::Uuid event_id,
                  Precedence precedence = Precedence::failed_transaction);
  void deny_extended(const core::Error& error, core::Uuid event_id, bool drops_unnamed,
                     Precedence precedence = Precedence::failed_transaction);
  // What fails on the server in place of a denied text.
  [[nodiscard]] std::string failing_text(Precedence precedence) const;
  // on_failure = "block": none if nothing may be executed now.
  [[nodiscard]] std::optional<Admission> admit(std::size_t statements);
  [[nodiscard]] static bool is_rollback(const pipeline::Statement& statement);
  // start(); what was admitted is given back if it does not start.
  [[nodiscard]] Start start_admitted(Admission admission, std::size_t statements);
  // Send what has been judged and admitted.
  void send_query(std::string_view frame, std::uint32_t payload, const pipeline::TextAnalyzer::Outcome& outcome,
                  JudgedQuery& judged, Admission admission);
  void send_execute(std::string_view frame, InFlight flight, const JudgementPtr& judgement, Admission admission);
  // Answers in the place of what was not admitted.
  [[nodiscard]] Step refuse_unaudited_query(wire::ReplyTracker::Request request,
                                            const std::vector<JudgementPtr>& judgements, bool cache_hit);
  [[nodiscard]] Step refuse_unaudited_execute(const JudgementPtr& judgement, bool cache_hit);
  core::Uuid audit_refusal(const JudgementPtr& judgement, audit::Protocol protocol, const core::Error& error,
                           bool cache_hit);
  // A message of the extended protocol that cannot be read, or names no statement: one event.
  core::Uuid audit_unread(const core::Error& error, std::string reason);
  [[nodiscard]] Step deny_unread(const core::Error& error);
  // Writes the event of a denied statement; returns its id.
  core::Uuid audit_denial(const JudgementPtr& judgement, audit::Protocol protocol, bool cache_hit);
  [[nodiscard]] Step deny_unknown_statement(std::string_view name, Precedence precedence = Precedence::error);
  [[nodiscard]] std::string error_message(const core::Error& error, core::Uuid event_id) const;
  [[nodiscard]] bool in_transaction() const { return core_.tracker.status() != wire::TransactionStatus::idle; }

  SessionCore& core_;
  std::size_t max_query_size_;
  OutputBatch to_server_;
  StatementMapper mapper_;
  // Of the message at hand: the names that it refers to by SQL, and whether it may change settings.
  StatementMapper::Mentions mentions_;
  bool changes_settings_ = false;
  // What an EXECUTE of the message at hand runs may run code that nobody has read.
  bool executes_unseen_ = false;
  UnknownExecuted unknown_executed_ = UnknownExecuted::deny;
  // Of the Query at hand: names that it needs were asked for.
  bool asked_ahead_ = false;
  // Of the Query whose first part was sent: the rest, as a Query; empty: there is none.
  std::string rest_query_;
  // What to_server_ refers to.
  std::string sent_rest_;
  core::Rare<core::Error> fault_;
  core::Rare<core::Error> refusal_;
  // Of the message at hand, if its text is large; kept until the message is used.
  std::shared_ptr<AnalysisJob> analysis_job_;
  core::Rare<core::Error> start_refusal_;
  Arrival arrival_;
  // The message at hand has to wait for a server connection.
  std::optional<core::TimePoint> waits_since_;
  std::size_t used_ = 0;
  std::size_t needed_ = 0;
  std::size_t body_left_ = 0;
  int nested_executes_ = 0;
  Rest rest_ = Rest::forward;
};

}  // namespace sqlproxy::frontend
