#include "pipeline/classification/value_leaves.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "pipeline/classification/binary_value.hpp"
#include "pipeline/classification/digits.hpp"
#include "pipeline/classification/json_leaves.hpp"

namespace sqlproxy::pipeline {
namespace {

constexpr int kMaxDepth = 6;
constexpr std::size_t kMaxElements = 256;

void visit(ValueKind kind, std::string_view value, LeafVisitor& visitor, int depth);

void visit_scalar_text(std::string_view text, LeafVisitor& visitor) {
  if (text.empty()) return;
  if (const int year = year_of_date(text); year != 0) return visitor.on_date(year);
  visitor.on_text(text, {});
}

// The items of {a,"b c"} or (a,"b ""c"""), without what is around them; nested ones as they stand. A backslash and a
// doubled quote stand for the character behind them; an item with one is not copied but read with it, which no pattern
// minds.
void visit_items(std::string_view inside, LeafVisitor& visitor, int depth) {
  std::size_t at = 0;
  for (std::size_t count = 0; at < inside.size() && count < kMaxElements; ++count) {
    bool quoted = false;
    int open = 0;
    const std::size_t begin = at;
    for (; at < inside.size(); ++at) {
      const char c = inside[at];
      if (c == '\\') {
        ++at;
      } else if (c == '"') {
        quoted = !quoted;
      } else if (!quoted && (c == '{' || c == '(')) {
        ++open;
      } else if (!quoted && (c == '}' || c == ')')) {
        --open;
      } else if (!quoted && open <= 0 && c == ',') {
        break;
      }
    }
    std::string_view item = inside.substr(begin, std::min(at, inside.size()) - begin);
    if (item.size() >= 2 && item.front() == '"' && item.back() == '"') item = item.substr(1, item.size() - 2);
    if (item != "NULL") visit(ValueKind::unknown, item, visitor, depth + 1);
    ++at;
  }
}

bool is_enclosed(std::string_view text, char open, char close) {
  return text.size() >= 2 && text.front() == open && text.back() == close;
}

bool looks_like_json(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || (text[first] != '{' && text[first] != '[')) return false;
  const std::size_t next = text.find_first_not_of(" \t\r\n", first + 1);
  if (next == std::string_view::npos) return false;
  if (text[first] == '[') return text[next] == '"' || text[next] == '{' || is_digit(text[next]);
  // {"a b"} is an array of text, {"a": 1} is not.
  if (text[next] != '"') return false;
  const std::size_t end = text.find('"', next + 1);
  if (end == std::string_view::npos) return false;
  const std::size_t colon = text.find_first_not_of(" \t\r\n", end + 1);
  return colon != std::string_view::npos && text[colon] == ':';
}

void visit_text(ValueKind kind, std::string_view text, LeafVisitor& visitor, int depth) {
  if (kind == ValueKind::json || (kind != ValueKind::array && looks_like_json(text))) {
    return visit_json_leaves(text, visitor);
  }
  if (kind != ValueKind::text && depth < kMaxDepth) {
    if (is_enclosed(text, '{', '}') || is_enclosed(text, '(', ')')) {
      return visit_items(text.substr(1, text.size() - 2), visitor, depth);
    }
    // [2:3]={a,b}: an array that does not begin at 1.
    const std::size_t bounds = text.find("]={");
    if (text.starts_with('[') && bounds != std::string_view::npos && text.ends_with('}')) {
      return visit_items(text.substr(bounds + 3, text.size() - bounds - 4), visitor, depth);
    }
  }
  visit_scalar_text(text, visitor);
}

// PostgreSQL's text formats have no control characters but those of the text itself.
bool is_binary(std::string_view value) {
  return std::ranges::any_of(value.substr(0, 64), [](char c) { return static_cast<unsigned char>(c) < 0x09; });
}

void visit_binary_items(std::string_view value, LeafVisitor& visitor, int depth) {
  BinaryItems items(value);
  BinaryItems::Item item;
  for (std::size_t count = 0; count < kMaxElements && items.next(item); ++count) {
    if (!item.is_null) visit(value_kind(item.type), item.value, visitor, depth + 1);
  }
}

void visit(ValueKind kind, std::string_view value, LeafVisitor& visitor, int depth) {
  std::array<char, kMaxBinaryText> buffer{};
  switch (kind) {
    case ValueKind::none: return;
    case ValueKind::date:
      if (value.size() == sizeof(std::uint32_t) && !year_of_date(value)) {
        if (const int year = year_of_binary_date(value); year != 0) visitor.on_date(year);
        return;
      }
      return visit_scalar_text(value, visitor);
    case ValueKind::integer:
      if (value.size() == sizeof(std::uint64_t) && !std::ranges::all_of(value, is_digit)) {
        value = text_of_binary_integer(value, buffer);
      }
      if (!value.empty()) visitor.on_text(value, {});
      return;
    case ValueKind::numeric:
      if (is_binary(value)) value = text_of_binary_numeric(value, buffer);
      if (!value.empty()) visitor.on_text(value, {});
      return;
    case ValueKind::network:
    case ValueKind::hardware:
      // The type says what there is to say.
      return;
    case ValueKind::json:
      // The version in front of binary jsonb.
      if (value.starts_with('\x01')) value.remove_prefix(1);
      return visit_text(kind, value, visitor, depth);
    case ValueKind::array:
    case ValueKind::unknown:
      if (is_binary(value)) {
        if (depth < kMaxDepth) visit_binary_items(value, visitor, depth);
        return;
      }
      return visit_text(kind, value, visitor, depth);
    case ValueKind::text: return visit_text(kind, value, visitor, depth);
  }
}

}  // namespace

void visit_leaves(ValueKind kind, std::string_view value, LeafVisitor& visitor) {
  visit(kind, value, visitor, 0);
}

int year_of_date(std::string_view text) {
  // 2001-02-03; 03.02.2001, 02/03/2001, 03-02-2001, 20010203 (as ISO only where it has hyphens).
  if (text.size() != 10) return 0;
  const auto number = [&](std::size_t from, std::size_t count) {
    int value = 0;
    for (std::size_t i = from; i < from + count; ++i) {
      if (!is_digit(text[i])) return -1;
      value = value * 10 + digit_value(text[i]);
    }
    return value;
  };
  if ((text[4] == '-' || text[4] == '/') && text[7] == text[4]) {
    const int year = number(0, 4);
    return year > 0 && is_date(year, number(5, 2), number(8, 2)) ? year : 0;
  }
  const char mark = text[2];
  if ((mark != '.' && mark != '/' && mark != '-') || text[5] != mark) return 0;
  const int year = number(6, 4);
  const int first = number(0, 2);
  const int second = number(3, 2);
  const bool date = is_date(year, second, first) || is_date(year, first, second);
  return year > 0 && date ? year : 0;
}

}  // namespace sqlproxy::pipeline
