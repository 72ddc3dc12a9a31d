#include "tests/support/pipeline/scan_oracle.hpp"

#include <pg_query.h>

#include <cstdint>
#include <set>
#include <utility>

#include "pipeline/comments.hpp"

namespace sqlproxy::testing {

using pipeline::Token;
using pipeline::TokenKind;

namespace {

// Values of pg_query.proto, enum Token.
enum GrammarToken : int {
  kIdent = 258,
  kUident = 259,
  kFconst = 260,
  kSconst = 261,
  kUsconst = 262,
  kBconst = 263,
  kXconst = 264,
  kOp = 265,
  kIconst = 266,
  kParam = 267,
  kTypecast = 268,
  kDotDot = 269,
  kColonEquals = 270,
  kEqualsGreater = 271,
  kLessEquals = 272,
  kGreaterEquals = 273,
  kNotEquals = 274,
  kSqlComment = 275,
  kCComment = 276,
  kFirstKeyword = 277,
};

// Protobuf's wire format, as far as ScanResult needs it: protobuf-c's headers are not packaged beside libpg_query.
class ProtobufReader {
 public:
  explicit ProtobufReader(std::string_view bytes) : bytes_(bytes) {}

  [[nodiscard]] bool done() const { return bytes_.empty(); }

  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; !bytes_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(bytes_.front());
      bytes_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if ((byte & 0x80) == 0) break;
    }
    return value;
  }

  std::string_view bytes() {
    const std::size_t length = varint();
    const std::string_view value = bytes_.substr(0, length);
    bytes_.remove_prefix(value.size());
    return value;
  }

 private:
  std::string_view bytes_;
};

ScanToken read_token(std::string_view message) {
  ScanToken token;
  ProtobufReader reader(message);
  while (!reader.done()) {
    const std::uint64_t field = reader.varint() >> 3;
    const std::uint64_t value = reader.varint();
    if (field == 1) token.start = value;
    if (field == 2) token.end = value;
    if (field == 4) token.token = static_cast<int>(value);
  }
  return token;
}

std::set<TokenKind> kinds_of(int token, char first) {
  switch (token) {
    case kIdent: return {first == '"' ? TokenKind::quoted_identifier : TokenKind::identifier};
    case kUident: return {TokenKind::unicode_identifier};
    case kFconst: return {TokenKind::number, TokenKind::integer};
    case kSconst:
      if (first == '$') return {TokenKind::dollar_string};
      return {first == '\'' ? TokenKind::string : TokenKind::escape_string};
    case kUsconst: return {TokenKind::unicode_string};
    case kBconst: return {TokenKind::bit_string};
    case kXconst: return {TokenKind::hex_string};
    case kOp: return {TokenKind::operator_};
    case kIconst: return {TokenKind::integer};
    case kParam: return {TokenKind::parameter};
    case kTypecast: return {TokenKind::typecast};
    case kDotDot: return {TokenKind::dot_dot};
    case kColonEquals: return {TokenKind::colon_equals};
    case kEqualsGreater: return {TokenKind::equals_greater};
    case kLessEquals: return {TokenKind::less_equals};
    case kGreaterEquals: return {TokenKind::greater_equals};
    case kNotEquals: return {TokenKind::not_equals};
    default: break;
  }
  if (token >= kFirstKeyword) return {TokenKind::identifier};
  const bool self = std::string_view(",()[].;:+-*/%^<>=").find(static_cast<char>(token)) != std::string_view::npos;
  return {self ? TokenKind::symbol : TokenKind::other};
}

}  // namespace

ScanOutcome scan_with_pg_query(const std::string& sql) {
  ScanOutcome outcome;
  const PgQueryScanResult result = pg_query_scan(sql.c_str());
  if (result.error != nullptr) {
    outcome.error = result.error->message;
  } else {
    ProtobufReader reader(std::string_view(result.pbuf.data, result.pbuf.len));
    while (!reader.done()) {
      const std::uint64_t tag = reader.varint();
      if ((tag & 7) == 0) {
        reader.varint();
        continue;
      }
      const ScanToken token = read_token(reader.bytes());
      if (token.token != kSqlComment && token.token != kCComment) outcome.tokens.push_back(token);
    }
  }
  pg_query_free_scan_result(result);
  return outcome;
}

namespace {

std::optional<std::string> difference(const std::string& ours_text, const std::string& theirs_text) {
  const ScanOutcome theirs = scan_with_pg_query(theirs_text);
  pipeline::Lexer lexer(ours_text);
  std::size_t index = 0;
  for (;; ++index) {
    const Token ours = lexer.next();
    const std::string where = "token " + std::to_string(index) + " at byte " + std::to_string(ours.offset) + ": ";
    if (ours.kind == TokenKind::error) {
      if (theirs.error) return std::nullopt;
      return where + "an error for us only";
    }
    if (ours.kind == TokenKind::end) {
      if (theirs.error) return "an error for PostgreSQL only: " + *theirs.error;
      if (index != theirs.tokens.size()) return where + "we end before PostgreSQL does";
      return std::nullopt;
    }
    if (theirs.error) continue;
    if (index >= theirs.tokens.size()) return where + "PostgreSQL ends before we do";
    const ScanToken& token = theirs.tokens[index];
    // pg_query_scan does not set the end of U& tokens.
    const bool end_known = token.token != kUident && token.token != kUsconst;
    if (token.start != ours.offset || (end_known && token.end != ours.offset + ours.length)) {
      return where + "PostgreSQL has bytes " + std::to_string(token.start) + " to " + std::to_string(token.end) +
             ", we to " + std::to_string(ours.offset + ours.length);
    }
    if (!kinds_of(token.token, ours_text[token.start]).contains(ours.kind)) {
      return where + "kind " + std::to_string(static_cast<int>(ours.kind)) + " against PostgreSQL's token " +
             std::to_string(token.token);
    }
  }
}

// A string that goes on behind a line comment: libpg_query takes it for two (see comments.hpp).
bool has_comment_in_string(const std::string& sql) {
  std::vector<pipeline::TextRange> comments;
  pipeline::Lexer lexer(sql, &comments);
  for (Token token; token.kind != TokenKind::error;) {
    comments.clear();
    token = lexer.next();
    if (!comments.empty() && comments.back().offset > token.offset) return true;
    if (token.kind == TokenKind::end) return false;
  }
  return false;
}

}  // namespace

std::optional<std::string> lexer_difference(const std::string& sql) {
  if (!has_comment_in_string(sql)) {
    if (auto found = difference(sql, sql)) return found;
  }
  std::string scratch;
  auto found = difference(sql, std::string(pipeline::blank_comments(sql, scratch)));
  return found ? "comments blanked: " + *found : found;
}

}  // namespace sqlproxy::testing
