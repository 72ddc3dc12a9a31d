#pragma once

#include <string>
#include <vector>

#include "audit/statement_facts.hpp"
#include "frontend/session_core.hpp"
#include "pipeline/message_rights.hpp"
#include "wire/messages/error_response.hpp"

namespace sqlproxy::frontend {

// A relation that a statement names, as it was judged.
struct ReachedTable {
  std::string schema;
  std::string name;
  // Of a query that only reads it: the columns that it reads. Of anything else all count: a write checks whole rows.
  bool every = true;
  std::vector<std::string> columns{};
};

// Where the values can come from that an error or a notice quotes.
struct MessageReach {
  // Relations that statements of the message name.
  std::vector<ReachedTable> tables;
  // They call functions outside of the system's schemas, which may read anything.
  bool runs_code = false;
  // They fetch from a cursor: of what is not told.
  bool fetches = false;
  // What they do is not known.
  bool unknown = false;
  // Only the client's own text and parameters are read yet: Parse and Bind.
  bool own_text = false;
};

// Of the message at the head of the session's tracker. To be asked before the tracker is told of the error.
[[nodiscard]] MessageReach reach_of_head(SessionCore& core);

// Takes out of a server's ErrorResponse or NoticeResponse what the user may not read: DETAIL, HINT, CONTEXT and the
// fields that name relations, where they show rows or names of relations that the policy hides, and what the primary
// message quotes. What SQL code raises itself is its author's, and stays. `storage` holds texts that the fields then
// view. False: the message is as it was.
[[nodiscard]] bool reduce_message(wire::ErrorResponse& message, const MessageReach& reach,
                                  const pipeline::MessageRights& rights, std::vector<std::string>& storage);

}  // namespace sqlproxy::frontend
