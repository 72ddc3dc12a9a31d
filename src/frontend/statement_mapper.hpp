#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "backend/server_statements.hpp"
#include "frontend/output_batch.hpp"
#include "frontend/session_core.hpp"
#include "frontend/statement_provider.hpp"
#include "wire/messages/parse.hpp"

namespace sqlproxy::frontend {

// Lets a client's prepared statements follow it from one server connection to the next (transaction pooling;
// protocol.md 4.4). What the client prepares by Parse has a name of the proxy's on the server, shared with all clients
// that prepare the same; the connection is sent what it lacks in front of the message that needs it, and the client
// sees nothing of that but an error. Where SQL refers to a name (EXECUTE, DEALLOCATE, PREPARE), what the client has
// under that name is put there under its real name, and whatever else bears the name is closed.
//
// A message is handled in two steps. First the must_wait...() functions say whether something that it rests on is not
// answered yet, in a group from which it would not be skipped: then the message stays unread. The others are called
// when the message is going to be sent: they push the proxy's own messages to the tracker and put them into the batch.
//
// Part of the session's RequestHandler; not thread-safe. Everything but identify() requires a leased server connection.
class StatementMapper {
 public:
  // The names that SQL refers to, and what the client has under them before the message.
  struct Mention {
    PreparedPtr statement;  // null: the client has no such name
    // It must not exist on the server, not even if a function has prepared it there unseen.
    bool must_be_absent = false;
    // The message may run it, or show it; else the name alone counts.
    bool is_run = false;
    // What the message does need not fail when it is missing.
    bool optional = false;
  };
  using Names = std::map<std::string, Mention, std::less<>>;
  struct Mentions {
    Names names;
    // Every name: the message shows them.
    bool all = false;
    // Every name that PREPARE has made: the message runs code that nobody has read. What drivers prepare by Parse such
    // code does not know of.
    bool code = false;
  };

  StatementMapper(SessionCore& core, OutputBatch& to_server)
      : core_(core), to_server_(to_server), provider_(core, to_server) {}

  [[nodiscard]] bool active() const { return core_.transaction_pooling; }

  // Gives a statement that the client prepares its identity: by Parse, or by a PREPARE whose text is `text`.
  void identify(PreparedStatement& prepared, const wire::Parse& parse);
  void identify_prepare(PreparedStatement& prepared, std::string_view text);

  // Adds the names that `statement` refers to when it is executed.
  void mention(const pipeline::Statement& statement, Mentions& mentions);
  // Adds `name`, and what is executed with it.
  void mention(std::string_view name, Mentions& mentions);

  [[nodiscard]] bool must_wait(const Mentions& mentions);
  // For a message that runs code that nobody has read.
  [[nodiscard]] bool must_wait_for_code() { return prepares_by_sql_ && must_wait_for_all(); }
  // For a Parse of `prepared`, or a message that uses it under the client's `name`.
  [[nodiscard]] bool must_wait_to_parse(const PreparedStatement& prepared);
  [[nodiscard]] bool must_wait_to_use(PreparedStatement& prepared, std::string_view name);
  // For a Close of the client's name.
  [[nodiscard]] bool must_wait_to_close(std::string_view name);

  // A statement that the message runs is not on the server.
  [[nodiscard]] bool lacks(const Mentions& mentions);
  // In front of a message of the extended protocol that is going to be sent; of a Query or FunctionCall.
  void before_extended(const Mentions& mentions) { settle_names(mentions, Place::in_batch); }
  void before_query(const Mentions& mentions);
  // In front of a batch that begins with a Parse or Bind of `prepared`: what executing it may need and can do without
  // is put there now, where an error does no harm.
  void before_batch(const PreparedStatement& prepared);
  // For a Query behind messages that no Sync has ended: what it lacks is asked for, and the Query has to wait for the
  // answer. Without that an error would have the server skip the Query.
  [[nodiscard]] bool must_ask_ahead(const Mentions& mentions);
  void ask_ahead(const Mentions& mentions);

  // Sends the client's Parse, or answers it. `frame` as it came.
  void parse(std::uint32_t payload, const PreparedStatement& prepared, std::string_view frame);
  // Sends a Parse of a name that the client has, under a name that nobody uses: the errors of its text come before that
  // of its name, which the caller has to make.
  void parse_in_vain(const PreparedPtr& prepared);
  // The name of `prepared` on the server, where it is put unless it is there. Valid as long as `prepared` and `name`.
  [[nodiscard]] std::string_view require(const PreparedPtr& prepared, std::string_view name);
  // Sends the client's Close of a statement, or answers it.
  void close(std::uint32_t payload, std::string_view name, std::string_view frame);

  // Announces what `statement` does to the server's names when it succeeds; `defines` is what a PREPARE makes.
  void expect_effects(std::uint32_t payload, const pipeline::Statement& statement, const PreparedPtr& defines);

 private:
  using Place = StatementProvider::Place;
  using Occupant = backend::ServerStatements::Occupant;
  using Change = backend::ServerStatements::Change;

  [[nodiscard]] backend::ServerStatements& server() { return core_.server->statements(); }
  [[nodiscard]] std::uint64_t client();
  [[nodiscard]] backend::SharedStatementPtr identity(const PreparedStatement& prepared, std::string_view text,
                                                     std::string_view parameter_types);
  [[nodiscard]] bool elsewhere(std::uint32_t unconfirmed_group) const;
  [[nodiscard]] bool is_usable(const Occupant* occupant, const PreparedStatement& prepared) const;
  [[nodiscard]] bool is_own_name(const Occupant& occupant, const PreparedStatement& prepared);
  [[nodiscard]] bool may_answer_parse() const;
  [[nodiscard]] bool must_wait_for_all();
  // The statement shows the names themselves.
  [[nodiscard]] static bool reads_names(const pipeline::Statement& statement);
  [[nodiscard]] Names names_of(const Mentions& mentions);
  Mention& mention_name(std::string_view name, Mentions& mentions);
  void add_all_names(Names& names);
  void add_names_made_by_sql(Names& names);
  [[nodiscard]] bool has_own(std::string_view name, const Mention& mention);
  [[nodiscard]] bool is_missing(std::string_view name, const Mention& mention);
  enum class Extent : std::uint8_t { everything, what_cannot_fail };
  void settle_names(const Mentions& mentions, Place place, Extent extent = Extent::everything);
  [[nodiscard]] bool nothing_is_run() const;
  [[nodiscard]] bool close_names_of_others();
  // What cannot fail. True when messages were sent.
  [[nodiscard]] bool clear_place(std::string_view name, const Mention& mention);
  void make_room();

  SessionCore& core_;
  OutputBatch& to_server_;
  StatementProvider provider_;
  std::uint64_t client_ = 0;
  std::uint64_t last_number_ = 0;
  // The client has used PREPARE.
  bool prepares_by_sql_ = false;
};

}  // namespace sqlproxy::frontend
