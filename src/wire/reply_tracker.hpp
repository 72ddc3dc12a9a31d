#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/ring.hpp"
#include "wire/message_type.hpp"
#include "wire/messages/ready_for_query.hpp"

namespace sqlproxy::wire {

// What a server still owes: one entry for each message that was sent to it (and for each answer that the proxy gives in
// its place), in order. Every reply is matched with the entry at the head, which says what to do with it: pass it on,
// keep it from the client, or put another error in its place. Answers of the proxy's own stand in the same queue, so
// none can overtake a reply that is still on its way (protocol.md, 0.1).
//
// Follows the server through errors (everything up to the next Sync is skipped), through COPY (Syncs that the server
// swallows, 5.4) and through asynchronous messages. Knows no sockets and no SQL.
//
// One per server connection in use; not thread-safe. Invariants, held after each call:
//   1. The head is never an answer of the proxy's own, unless the server is within a message (a reply that is only half
//   relayed).
//   2. While skipping() there are no entries: what is pushed until the next Sync is skipped at once.
//   3. resolved_group() <= current_group(); everything of the groups up to resolved_group() has been answered.
class ReplyTracker {
 public:
  enum class Request : std::uint8_t {
    query,
    parse,
    bind,
    describe,
    execute,
    close,
    sync,
    function_call,
    copy_end,  // CopyDone or CopyFail: answered by nothing of its own
    local,     // never sent: the proxy's own answer
  };

  // What the client gets to see of an entry's replies.
  enum class Treatment : std::uint8_t {
    forward,
    swallow,          // the proxy's own message: the client sees nothing, not even an error
    swallow_success,  // the proxy's own message, on which the client's next one rests: an error is the client's to see
    // Sent in order to fail (a denial): `text` goes out in place of the server's error, unless that says that the
    // transaction has failed.
    replace_error,
    answer,  // never sent: the proxy answers the client's message with `text`, which is its success
  };

  struct Entry {
    Request request = Request::local;
    Treatment treatment = Treatment::forward;
    // An error occurred in it; still open because its ReadyForQuery is outstanding.
    bool failed = false;
    // The client's message has a rest, which is sent if this succeeds: then its ReadyForQuery is not the client's to
    // see.
    bool first_part = false;
    // Of a COPY FROM STDIN whose CopyInResponse, or error, has not come yet.
    bool copy_in_expected = false;
    // Messages between two ReadyForQuery share a group.
    std::uint32_t group = 0;
    // The owner's own; the tracker passes it back.
    std::uint32_t payload = 0;
    // replace_error: the ErrorResponse; local, answer: the messages to send.
    std::string text;

    [[nodiscard]] bool is_own() const {
      return treatment == Treatment::swallow || treatment == Treatment::swallow_success;
    }
  };

  enum class Result : std::uint8_t { command_complete, empty_query, portal_suspended };

  // Told what becomes of entries, in the order in which the server worked. Calls come from push() and on_message().
  class Observer {
   public:
    virtual ~Observer() = default;
    // A statement of a Query, or an Execute, ended well. `body` is that of CommandComplete.
    virtual void on_result(const Entry& entry, Result result, std::string_view body) = 0;
    // Parse, Bind, Describe, Close or FunctionCall ended well, or was answered by the proxy.
    virtual void on_success(const Entry& entry) = 0;
    // The entry's error; `body` is the server's ErrorResponse.
    virtual void on_failure(const Entry& entry, std::string_view body) = 0;
    // The server (or the proxy in its place) discarded the entry because of an earlier error.
    virtual void on_skip(const Entry& entry) = 0;
    // ReadyForQuery, the end of the entry's group.
    virtual void on_ready(const Entry& entry, TransactionStatus status) = 0;
  };

  enum class Verdict : std::uint8_t {
    forward,
    swallow,
    replace,    // send replacement() instead
    violation,  // not what the server may send now: the connection cannot be trusted any more
  };

  explicit ReplyTracker(Observer& observer) : observer_(observer) {}

  // Notes a message that goes to the server (or, for `local`, an answer that goes out when its turn comes). Returns
  // false when the server is going to discard it: for such an entry on_skip() has been called.
  bool push(Request request, Treatment treatment = Treatment::forward, std::uint32_t payload = 0,
            std::string text = {});
  // push() of an Execute or a Query that asks the client for COPY data if it succeeds.
  bool push_copy_in(Request request, std::uint32_t payload);

  // push() of a Query that is the first part of the client's. To know what became of it is the observer's business.
  bool push_first_part(std::uint32_t payload);

  // A message from the server; `body` is complete for all types but DataRow, CopyData and FunctionCallResponse.
  [[nodiscard]] Verdict on_message(BackendType type, std::string_view body);
  // Valid until the next call of a non-const member.
  [[nodiscard]] std::string_view replacement() const { return replacement_; }

  // The server is lost: whatever is owed does not come. Calls on_skip() for each entry.
  void abandon();

  // The answers of the proxy's own stand at the head.
  [[nodiscard]] bool has_local() const { return !entries_.empty() && is_local(head()); }
  // Moves the local answers whose turn has come to `out`. To be called at message boundaries towards the client.
  void take_local(std::string& out);

  // Nothing is owed, no extended-protocol batch waits for its Sync, and no transaction is open.
  [[nodiscard]] bool idle() const;
  [[nodiscard]] bool empty() const { return entries_.empty(); }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  // A ReadyForQuery is owed; without one a server may keep its answers back for ever. Looks at every entry.
  [[nodiscard]] bool owes_ready() const;
  // The entry that the server works on. Requires: !empty().
  [[nodiscard]] const Entry& head() const { return entries_.front(); }
  // The server is at work for the proxy alone, and soon done with it: up to its next ReadyForQuery nothing is the
  // client's. Else an entry of the proxy's own at the head says nothing: the server may be far behind it, as it keeps
  // its answers back until the Sync. Requires: !empty().
  [[nodiscard]] bool head_group_is_own() const;
  [[nodiscard]] TransactionStatus status() const { return status_; }
  // The server has announced that it takes COPY data, and neither end nor error of that COPY was seen.
  [[nodiscard]] bool in_copy_in() const { return copy_in_; }
  [[nodiscard]] bool copy_end_sent() const { return copy_end_sent_; }
  // COPY FROM STDIN statements of which it is not known yet whether they will read.
  [[nodiscard]] std::size_t copy_ins_expected() const { return copy_ins_expected_; }
  [[nodiscard]] bool skipping() const { return skipping_; }
  // Extended-protocol messages were sent since the last Sync.
  [[nodiscard]] bool batch_open() const { return batch_open_; }
  [[nodiscard]] std::uint32_t current_group() const { return group_; }
  [[nodiscard]] std::uint32_t resolved_group() const { return resolved_group_; }

 private:
  [[nodiscard]] static bool is_local(const Entry& entry) {
    return entry.request == Request::local || entry.treatment == Treatment::answer;
  }
  bool push_entry(Entry&& entry);
  [[nodiscard]] Entry pop_head();
  void settle_copy_in(Entry& entry);
  [[nodiscard]] Verdict on_error(std::string_view body);
  [[nodiscard]] Verdict on_ready(std::string_view body);
  [[nodiscard]] Verdict on_statement_end(Result result, std::string_view body);
  [[nodiscard]] Verdict on_step_done(Request request);
  [[nodiscard]] Verdict on_copy_in();
  [[nodiscard]] Verdict within_rows() const;
  [[nodiscard]] Verdict verdict_of_head() const;
  void end_copy_in();
  void skip_to_sync();
  void drop_settled_heads();

  Observer& observer_;
  core::Ring<Entry> entries_;
  std::string replacement_;
  TransactionStatus status_ = TransactionStatus::idle;
  bool batch_open_ = false;
  bool skipping_ = false;
  bool copy_in_ = false;
  bool copy_end_sent_ = false;
  std::size_t copy_ins_expected_ = 0;
  std::uint32_t group_ = 1;
  std::uint32_t resolved_group_ = 0;
};

}  // namespace sqlproxy::wire
