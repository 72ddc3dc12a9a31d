#include "pipeline/parser.hpp"

#include <array>
#include <memory>
#include <string>
#include <utility>

#include "pipeline/comments.hpp"
#include "pipeline/pg_query_tree.hpp"

namespace sqlproxy::pipeline {
namespace {

using core::ErrorCode;
using core::SqlState;

// libpg_query tells an error's message but not its SQLSTATE. Nearly all that the scanner and the grammar raise is
// 42601; these are the others (errcode() in PostgreSQL's scan.l and gram.y), by a part of the message that identifies
// them.
struct MessageState {
  std::string_view part;
  SqlState state;
};
constexpr SqlState kFeature = core::sqlstate::kFeatureNotSupported;
constexpr SqlState kDuplicateObject{"42710"};
constexpr SqlState kInvalidEscapeSequence{"22025"};
constexpr SqlState kNonstandardEscape{"22P06"};
constexpr SqlState kReservedName{"42939"};
constexpr SqlState kWindowing{"42P20"};
constexpr std::array<MessageState, 33> kOtherStates{{
    {"memory exhausted", core::sqlstate::kStatementTooComplex},
    {"UNENCRYPTED PASSWORD is no longer supported", kFeature},
    {"CREATE SCHEMA IF NOT EXISTS cannot include schema elements", kFeature},
    {"current database cannot be changed", kFeature},
    {"column number must be in range from 1 to", core::sqlstate::kInvalidParameterValue},
    {"modulus for hash partition provided more than once", kDuplicateObject},
    {"remainder for hash partition provided more than once", kDuplicateObject},
    {"MATCH PARTIAL not yet implemented", kFeature},
    {"is only supported for ON DELETE actions", kFeature},
    {"CREATE EXTENSION ... FROM is no longer supported", kFeature},
    {"CREATE OR REPLACE CONSTRAINT TRIGGER is not supported", kFeature},
    {"CREATE ASSERTION is not yet implemented", kFeature},
    {"RECHECK is no longer required", kFeature},
    {"aggregates cannot have output arguments", kFeature},
    {"WITH CHECK OPTION not supported on recursive views", kFeature},
    {"precision for type float must be", core::sqlstate::kInvalidParameterValue},
    {"UNIQUE predicate is not yet implemented", kFeature},
    {"frame start cannot be UNBOUNDED FOLLOWING", kWindowing},
    {"frame end cannot be UNBOUNDED PRECEDING", kWindowing},
    {"frame starting from following row cannot", kWindowing},
    {"frame starting from current row cannot", kWindowing},
    {"role name \"public\" is reserved", kReservedName},
    {"role name \"none\" is reserved", kReservedName},
    {"cannot be used as a role name here", kReservedName},
    {"an ordered-set aggregate with a VARIADIC direct argument", kFeature},
    {"constraints cannot be marked", kFeature},
    {"unsafe use of string constant with Unicode escapes", kFeature},
    {"invalid Unicode escape value", core::sqlstate::kSyntaxError},
    {"invalid Unicode escape character", core::sqlstate::kSyntaxError},
    {"invalid Unicode escape", kInvalidEscapeSequence},
    {"unsafe use of \\' in a string literal", kNonstandardEscape},
    {"nonstandard use of", kNonstandardEscape},
    {"invalid byte sequence", core::sqlstate::kCharacterNotInRepertoire},
}};

[[nodiscard]] SqlState state_of(std::string_view message) {
  // What follows is the client's own text, which must not match an entry.
  message = message.substr(0, message.find(" at or near \""));
  for (const MessageState& other : kOtherStates) {
    if (message.find(other.part) != std::string_view::npos) return other.state;
  }
  return core::sqlstate::kSyntaxError;
}

[[nodiscard]] core::Error to_error(const PgQueryError& error) {
  const SqlState state = state_of(text_of(error.message));
  const bool is_limit = state == core::sqlstate::kStatementTooComplex;
  core::Error out = core::make_error(is_limit ? ErrorCode::limit_exceeded : ErrorCode::invalid_input, state,
                                     std::string(text_of(error.message)));
  out.position = error.cursorpos;  // in characters, from 1, as in PostgreSQL's ErrorResponse
  return out;
}

}  // namespace

core::Result<ParseTree> ParseTree::parse(std::string_view sql) {
  if (sql.find('\0') != std::string_view::npos) {
    return core::make_error(ErrorCode::invalid_input, core::sqlstate::kCharacterNotInRepertoire,
                            "invalid byte sequence for encoding \"UTF8\": 0x00");
  }
  std::string text;  // libpg_query wants a zero at the end
  if (const std::string_view readable = blank_comments(sql, text); readable.data() == sql.data()) text.assign(sql);
  ParseTree tree(pg_query_enter_memory_context());
  const PgQueryInternalParsetreeAndError parsed = pg_query_raw_parse(text.c_str());
  const std::unique_ptr<char, decltype(&std::free)> stderr_text(parsed.stderr_buffer, &std::free);
  if (parsed.error != nullptr) {
    const std::unique_ptr<PgQueryError, decltype(&pg_query_free_error)> error(parsed.error, &pg_query_free_error);
    return to_error(*error);
  }
  tree.statements_ = parsed.tree;
  return tree;
}

ParseTree::ParseTree(ParseTree&& other) noexcept
    : context_(std::exchange(other.context_, nullptr)), statements_(std::exchange(other.statements_, nullptr)) {}

ParseTree::~ParseTree() {
  if (context_ != nullptr) pg_query_exit_memory_context(context_);
}

}  // namespace sqlproxy::pipeline
