#include "pipeline/cache_key.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "pipeline/ascii_case.hpp"
#include "pipeline/fingerprint.hpp"
#include "pipeline/lexer.hpp"
#include "pipeline/literal_list.hpp"
#include "pipeline/sql_words.hpp"

// What a key leaves out, and why that cannot change the analysis.
//
// The key of a text is the text itself unless all of this holds: it is one statement (semicolons behind it do not
// count) that begins with SELECT, INSERT, UPDATE, DELETE, MERGE, WITH, VALUES, TABLE or "("; the lexer reads it to its
// end without a byte that no token begins with; and none of the rules below gives up on it.
//
// Then the key is its tokens, each followed by a space, as they are written but for these:
// 1. A comment or white space: left out.
// 2. A number: a mark that tells int4, int8 and other numbers apart (to the grammar and to the choice of functions they
//    are different things).
// 3. A string, bit string or hexadecimal string: a mark for each of the three.
// 4. IN (...) with nothing but literals and parameters in it: a mark, the kinds of its elements, the first one if it is
//    a parameter.
//
// Kept as they are, because the analysis may depend on them:
// a. Every literal in the clauses ORDER BY, GROUP BY, LIMIT, OFFSET, FETCH and DISTINCT ON (ordinals and row counts),
// and
//    in CAST(...), TREAT(...) and the modifiers of types: "exact" below.
// b. Strings anywhere inside the parentheses of a function call: names, settings, SQL text may be in them.
// c. A string behind a word that is not known to introduce an expression, or to be a type whose constants name nothing:
//    regclass 'x', oid '1', COLLATE, ZONE 'x'.
//
// The whole text is the key as well when it has
// d. a cast by :: to a type that is not one of those that name nothing: '(...)::regclass', '1::oid', quoted or
// qualified
//    types;
// e. a word that turns what stands beside it into a function's argument (LIKE ... ESCAPE, SIMILAR TO, OVERLAPS,
//    IS NORMALIZED, AT TIME ZONE), or a ")" or "]" followed by a dot (functional notation);
// f. the name pg_settings: what WHERE compares its columns with tells which settings the statement reads or changes;
// g. U&'...', a string in a place where none of the above explains it, parentheses deeper than kMaxDepth.

namespace sqlproxy::pipeline {

namespace {

// Bytes that check_bytes' texts can only have in strings, comments, quoted identifiers or as TokenKind::other: the
// first two are not in the key, the third is quoted there, the last makes a key exact. So a mark cannot be mistaken.
enum Mark : char {
  kStringMark = 1,
  kInt4Mark,
  kInt8Mark,
  kNumericMark,
  kBitStringMark,
  kHexStringMark,
  kListMark,
};

enum class Mode : std::uint8_t { plain, call, exact };

constexpr std::size_t kMaxDepth = 64;

// The grammar's ICONST and FCONST, and parse_node.c's choice of a type for the latter.
Mark number_mark(TokenKind kind, std::string_view digits) {
  if (kind != TokenKind::integer) return kNumericMark;
  digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
  const auto at_most = [digits](std::string_view limit) {
    return digits.size() < limit.size() || (digits.size() == limit.size() && digits <= limit);
  };
  if (at_most("2147483647")) return kInt4Mark;
  return at_most("9223372036854775807") ? kInt8Mark : kNumericMark;
}

// Of the kinds of a list's elements: strings are the same thing to the grammar however they are quoted.
std::uint32_t alike(std::uint32_t kinds) {
  constexpr auto bit = [](TokenKind kind) { return std::uint32_t{1} << static_cast<unsigned>(kind); };
  constexpr std::uint32_t kStrings =
      bit(TokenKind::string) | bit(TokenKind::escape_string) | bit(TokenKind::dollar_string);
  return (kinds & kStrings) != 0 ? (kinds & ~kStrings) | bit(TokenKind::string) : kinds;
}

// One run over one text. Writes at most twice the text's length and kSlack.
class Builder {
 public:
  static constexpr std::size_t kSlack = 32;

  Builder(std::string_view sql, char* out) : sql_(sql), lexer_(sql), begin_(out), out_(out) {}

  // The key's length, or 0 when the text must be the key itself.
  std::size_t build();
  // Nothing of the text is a mark in the key.
  [[nodiscard]] bool literal_free() const { return literal_free_; }

 private:
  enum class Literal : std::uint8_t { mark, keep, give_up };

  bool append(const Token& token);
  bool append_word(const Token& token);
  bool append_symbol(const Token& token);
  bool append_quoted(const Token& token, Mark mark);
  bool open_parenthesis(const Token& token);
  bool append_literal_list();
  void follow_ordinals(const WordInfo& word);
  [[nodiscard]] Literal judge_string() const;

  void copy(const Token& token);
  void put(Mark mark);
  void advance(const Token& token, const WordInfo& word, bool operand);

  [[nodiscard]] Mode mode() const { return levels_[depth_].mode; }
  [[nodiscard]] bool is(const Token& token, char symbol) const {
    return token.kind == TokenKind::symbol && sql_[token.offset] == symbol;
  }

  // Of an open parenthesis, and of the statement itself.
  struct Level {
    Mode mode = Mode::plain;
    Mode without_ordinals = Mode::plain;
  };

  std::string_view sql_;
  Lexer lexer_;
  char* begin_;
  char* out_;
  std::array<Level, kMaxDepth> levels_{};
  std::size_t depth_ = 0;

  Token previous_;
  WordInfo previous_word_;          // nothing known when previous_ is no word, or a name behind a dot
  Word word_before_ = Word::other;  // the one before previous_word_, if next to it
  bool previous_casts_ = false;     // previous_ is the type of a :: cast
  // The tokens so far end an operand, or NOT behind one: then LIKE is the operator, and not the name of a type.
  bool operand_ = false;
  bool like_operator_ = false;  // previous_ is that LIKE
  bool literal_free_ = true;
};

bool names_settings_view(std::string_view name) {
  constexpr std::string_view kName = "pg_settings";
  if (name.size() == kName.size() + 2 && name.front() == '"') return name.substr(1, kName.size()) == kName;
  return name.size() == kName.size() && ascii_lower(name) == kName;
}

std::size_t Builder::build() {
  bool ended = false;
  for (Token token = lexer_.next(); token.kind != TokenKind::end; token = lexer_.next()) {
    if (previous_.kind == TokenKind::end && !is(token, '(')) {
      const bool word = token.kind == TokenKind::identifier;
      if (!word || !lookup_word(sql_, token.offset, token.length).has(kStartsQuery)) return 0;
    }
    const bool semicolon = is(token, ';');
    if (ended && !semicolon) return 0;
    ended = semicolon;
    if (!append(token)) return 0;
  }
  return static_cast<std::size_t>(out_ - begin_);
}

bool Builder::append(const Token& token) {
  if (previous_.kind == TokenKind::typecast && token.kind != TokenKind::identifier) return false;
  switch (token.kind) {
    case TokenKind::identifier: return !names_settings_view(lexer_.text(token)) && append_word(token);
    case TokenKind::symbol: return append_symbol(token);
    case TokenKind::string:
    case TokenKind::escape_string:
    case TokenKind::dollar_string: return append_quoted(token, kStringMark);
    case TokenKind::bit_string: return append_quoted(token, kBitStringMark);
    case TokenKind::hex_string: return append_quoted(token, kHexStringMark);
    case TokenKind::integer:
    case TokenKind::number:
      if (mode() == Mode::exact) {
        copy(token);
      } else {
        put(number_mark(token.kind, lexer_.text(token)));
      }
      advance(token, {}, true);
      return true;
    case TokenKind::quoted_identifier:
      if (names_settings_view(lexer_.text(token))) return false;
      [[fallthrough]];
    case TokenKind::parameter:
      copy(token);
      advance(token, {}, true);
      return true;
    case TokenKind::end:
    case TokenKind::error:
    case TokenKind::other:
    case TokenKind::unicode_identifier:
    case TokenKind::unicode_string: return false;
    default:
      copy(token);
      advance(token, {}, false);
      return true;
  }
}

bool Builder::append_word(const Token& token) {
  // Behind a dot every word is a name.
  const WordInfo word = is(previous_, '.') ? WordInfo{} : lookup_word(sql_, token.offset, token.length);
  const bool casts = previous_.kind == TokenKind::typecast;
  if (casts && !word.has(kPlainType)) return false;
  if (word.has(kHidesCall)) return false;
  if (word.word == Word::time && previous_word_.word == Word::at) return false;

  follow_ordinals(word);
  copy(token);
  const bool like = word.word == Word::like && operand_;
  const bool not_behind_operand = word.word == Word::not_ && operand_;
  advance(token, word, not_behind_operand || (word.word == Word::other && word.traits == 0));
  previous_casts_ = casts;
  like_operator_ = like;
  return true;
}

void Builder::follow_ordinals(const WordInfo& word) {
  const bool ordered =
      word.word == Word::by && (previous_word_.word == Word::order || previous_word_.word == Word::group);
  if (ordered || word.has(kBeginsOrdinals)) levels_[depth_].mode = Mode::exact;
  if (word.has(kEndsOrdinals)) levels_[depth_].mode = levels_[depth_].without_ordinals;
}

bool Builder::append_symbol(const Token& token) {
  const char symbol = sql_[token.offset];
  if (symbol == '(') return open_parenthesis(token);
  if (symbol == '.' && (previous_casts_ || is(previous_, ')') || is(previous_, ']'))) return false;
  if (symbol == ')' && depth_-- == 0) return false;
  copy(token);
  advance(token, {}, symbol == ')' || symbol == ']');
  return true;
}

bool Builder::open_parenthesis(const Token& token) {
  if (previous_word_.word == Word::in && mode() == Mode::plain && append_literal_list()) return true;

  Mode inside = mode();
  const bool name = previous_.kind == TokenKind::identifier || previous_.kind == TokenKind::quoted_identifier;
  const bool distinct_on = previous_word_.word == Word::on && word_before_ == Word::distinct;
  if (previous_casts_ || distinct_on || previous_word_.has(kPlainType) || previous_word_.word == Word::cast) {
    inside = Mode::exact;
  } else if (name && !previous_word_.has(kBeforeExpression)) {
    inside = std::max(inside, Mode::call);
  }
  if (++depth_ == kMaxDepth) return false;
  levels_[depth_] = {inside, inside};
  copy(token);
  advance(token, {}, false);
  return true;
}

// Rule 4. False, and nothing done, when the parenthesis opens something else.
bool Builder::append_literal_list() {
  const auto list = read_literal_list(lexer_);
  if (!list || list->has(TokenKind::unicode_string)) return false;
  const bool only_parameters = list->kinds == std::uint32_t{1} << static_cast<unsigned>(TokenKind::parameter);
  const bool literal_free = literal_free_ && only_parameters;
  put(kListMark);
  literal_free_ = literal_free;
  const std::uint32_t kinds = alike(list->kinds);
  for (unsigned shift = 0; shift < 32; shift += 8) *out_++ = static_cast<char>((kinds >> shift) & 0xFF);
  if (list->first.kind == TokenKind::parameter) copy(list->first);
  lexer_ = list->after;
  advance(list->close, {}, true);
  return true;
}

bool Builder::append_quoted(const Token& token, Mark mark) {
  const Literal verdict = mode() == Mode::plain ? judge_string() : Literal::keep;
  if (verdict == Literal::give_up) return false;
  if (verdict == Literal::keep) {
    copy(token);
  } else {
    put(mark);
  }
  advance(token, {}, true);
  return true;
}

// Whether a string at this place is nothing but a value.
Builder::Literal Builder::judge_string() const {
  switch (previous_.kind) {
    case TokenKind::identifier: {
      if (previous_casts_) return Literal::give_up;
      const bool value = previous_word_.has(kBeforeExpression) || previous_word_.has(kPlainType) || like_operator_;
      return value ? Literal::mark : Literal::keep;
    }
    case TokenKind::operator_:
    case TokenKind::less_equals:
    case TokenKind::greater_equals:
    case TokenKind::not_equals: return Literal::mark;
    case TokenKind::symbol: {
      const bool before_value = std::string_view("(,[+-*/%^<>=").find(sql_[previous_.offset]) != std::string_view::npos;
      return before_value ? Literal::mark : Literal::give_up;
    }
    default: return Literal::give_up;
  }
}

void Builder::copy(const Token& token) {
  // Most tokens are short, and a copy of fixed size is quicker: what it writes too much is overwritten, or in the
  // slack.
  constexpr std::size_t kChunk = 16;
  if (token.length <= kChunk && sql_.size() - token.offset >= kChunk) {
    std::memcpy(out_, sql_.data() + token.offset, kChunk);
  } else {
    std::memcpy(out_, sql_.data() + token.offset, token.length);
  }
  out_ += token.length;
  *out_++ = ' ';
}

void Builder::put(Mark mark) {
  literal_free_ = false;
  *out_++ = mark;
  *out_++ = ' ';
}

void Builder::advance(const Token& token, const WordInfo& word, bool operand) {
  word_before_ = previous_word_.word;
  previous_ = token;
  previous_word_ = word;
  operand_ = operand;
  previous_casts_ = false;
  like_operator_ = false;
}

}  // namespace

CacheKey CacheKeyMaker::make(std::string_view sql) {
  if (sql.size() <= kMaxNormalizedBytes) {
    const std::size_t needed = 2 * sql.size() + Builder::kSlack;
    if (buffer_.size() < needed) buffer_.resize(needed);
    Builder builder(sql, buffer_.data());
    const std::size_t length = builder.build();
    const std::string_view text(buffer_.data(), length);
    if (length > 0) return {text, hash_text(text, seed_), false, builder.literal_free()};
  }
  return {sql, hash_text(sql, seed_ + 1), true, false};
}

}  // namespace sqlproxy::pipeline
