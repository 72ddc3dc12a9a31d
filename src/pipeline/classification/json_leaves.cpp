#include "pipeline/classification/json_leaves.hpp"

#include <algorithm>

#include "pipeline/classification/digits.hpp"

namespace sqlproxy::pipeline {
namespace {

constexpr std::size_t kMaxLeaves = 256;

// The string that begins behind the quote at `at`, which moves behind its end.
std::string_view take_string(std::string_view json, std::size_t& at) {
  const std::size_t begin = ++at;
  while (at < json.size() && json[at] != '"') at += json[at] == '\\' ? 2 : 1;
  const std::size_t end = std::min(at, json.size());
  at = end + 1;
  return json.substr(begin, end - begin);
}

bool is_key(std::string_view json, std::size_t behind) {
  while (behind < json.size() && (json[behind] == ' ' || json[behind] == '\n' || json[behind] == '\t')) ++behind;
  return behind < json.size() && json[behind] == ':';
}

}  // namespace

void visit_json_leaves(std::string_view json, LeafVisitor& visitor) {
  std::string_view key;
  std::size_t leaves = 0;
  for (std::size_t at = 0; at < json.size() && leaves < kMaxLeaves;) {
    const char c = json[at];
    if (c == '"') {
      const std::string_view text = take_string(json, at);
      if (is_key(json, at)) {
        key = text;
      } else {
        ++leaves;
        if (const int year = year_of_date(text); year != 0 && key.empty()) {
          visitor.on_date(year);
        } else if (!text.empty()) {
          visitor.on_text(text, key);
        }
      }
    } else if (is_digit(c)) {
      const std::size_t begin = at;
      while (at < json.size() && (is_digit(json[at]) || json[at] == '.')) ++at;
      ++leaves;
      visitor.on_text(json.substr(begin, at - begin), key);
    } else {
      // The keys of an object end with it; an array's elements stand under the key of the array.
      if (c == '}') key = {};
      ++at;
    }
  }
}

}  // namespace sqlproxy::pipeline
