#include "audit/line_record.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

#include "audit/hash_chain.hpp"
#include "audit/json_reader.hpp"
#include "audit/line_format.hpp"

namespace sqlproxy::audit {
namespace {

std::optional<std::uint64_t> to_number(std::string_view value) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size()) return std::nullopt;
  return number;
}

// The text of a string that has no escapes.
std::optional<std::string_view> to_plain_text(std::string_view value) {
  if (value.size() < 2 || value.front() != '"' || value.find('\\') != std::string_view::npos) return std::nullopt;
  return value.substr(1, value.size() - 2);
}

// Empty for null.
std::optional<std::string_view> to_hash(std::string_view value) {
  if (value == "null") return std::string_view();
  const auto text = to_plain_text(value);
  if (!text || text->size() != kChainStart.size()) return std::nullopt;
  const bool hex = std::ranges::all_of(*text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  return hex ? text : std::nullopt;
}

// The value of the only member with this name.
std::optional<std::string_view> find_once(const std::vector<JsonMember>& members, std::string_view name) {
  std::optional<std::string_view> found;
  for (const JsonMember& member : members) {
    if (member.name != name) continue;
    if (found) return std::nullopt;
    found = member.value;
  }
  return found;
}

}  // namespace

std::optional<LineRecord> parse_line(std::string_view line) {
  auto members = read_json_object(line);
  if (!members || members->empty()) return std::nullopt;
  std::string_view native = line;
  for (const LineFormat format : {LineFormat::ocsf, LineFormat::ecs}) {
    if (members->back().name != native_member(format) || !find_once(*members, native_member(format))) continue;
    native = members->back().value;
    members = read_json_object(native);
    if (!members) return std::nullopt;
    break;
  }
  if (members->size() < 4) return std::nullopt;
  const JsonMember& prev_hash = (*members)[members->size() - 2];
  const JsonMember& hash = members->back();
  if (prev_hash.name != "prev_hash" || hash.name != "hash" || !find_once(*members, "prev_hash") ||
      !find_once(*members, "hash")) {
    return std::nullopt;
  }

  const auto sequence_text = find_once(*members, "sequence_num");
  const auto kind_text = find_once(*members, "kind");
  if (!sequence_text || !kind_text) return std::nullopt;
  const auto sequence = to_number(*sequence_text);
  const auto kind = to_plain_text(*kind_text);
  const auto prev_hash_value = to_hash(prev_hash.value);
  const auto hash_value = to_hash(hash.value);
  if (!sequence || !kind || !prev_hash_value || !hash_value || prev_hash_value->empty() != hash_value->empty())
    return std::nullopt;

  LineRecord record;
  record.sequence = *sequence;
  record.kind = *kind;
  record.prev_hash = *prev_hash_value;
  record.hash = *hash_value;
  // The writer puts no space between members: the name is preceded by its quote and a comma.
  const auto comma = static_cast<std::size_t>(hash.name.data() - line.data()) - 2;
  if (line[comma] != ',') return std::nullopt;
  record.open_line = line.substr(0, comma);
  record.end = line.substr(static_cast<std::size_t>(hash.value.data() + hash.value.size() - line.data()));
  if (record.end != "}" && record.end != "}}") return std::nullopt;
  record.native = native;
  if (const auto sub_type = find_once(*members, "sub_type")) record.sub_type = to_plain_text(*sub_type).value_or("");
  if (record.kind == "overflow") {
    const auto dropped_text = find_once(*members, "dropped");
    const auto dropped = dropped_text ? to_number(*dropped_text) : std::nullopt;
    if (!dropped) return std::nullopt;
    record.dropped = *dropped;
  }
  return record;
}

}  // namespace sqlproxy::audit
