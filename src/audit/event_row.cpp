#include "audit/event_row.hpp"

#include <algorithm>

#include "audit/json_reader.hpp"

namespace sqlproxy::audit {
namespace {

constexpr std::string_view kTimestampForm = "dddd-dd-ddTdd:dd:dd.ddddddZ";
constexpr std::string_view kNul = "\\u0000";
constexpr std::string_view kUuidForm = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// d: a digit, x: a hexadecimal digit as the writer puts them, anything else: itself.
bool has_form(std::string_view text, std::string_view form) {
  return std::ranges::equal(text, form, [](char c, char wanted) {
    if (wanted == 'd') return is_digit(c);
    if (wanted == 'x') return is_digit(c) || (c >= 'a' && c <= 'f');
    return c == wanted;
  });
}

std::string_view without_quotes(std::string_view value) {
  return value.size() < 2 || value.front() != '"' ? std::string_view{} : value.substr(1, value.size() - 2);
}

// Copies `json`, whose strings hold the only backslashes, and lets `replace(escape)` say what stands for \uXXXX.
template <class Replace>
std::string with_escapes(std::string_view json, Replace replace) {
  std::string out;
  out.reserve(json.size());
  for (std::size_t at = 0; at < json.size();) {
    const std::size_t backslash = std::min(json.find('\\', at), json.size());
    out.append(json, at, backslash - at);
    at = backslash;
    if (at == json.size()) break;
    const bool unicode = json.substr(at + 1).starts_with('u');
    const std::string_view escape = json.substr(at, unicode ? 6 : 2);
    out.append(unicode ? replace(escape) : escape);
    at += escape.size();
  }
  return out;
}

}  // namespace

std::optional<EventRow> make_event_row(std::uint64_t sequence, std::string_view native) {
  const auto members = read_json_object(native);
  if (!members) return std::nullopt;
  EventRow row;
  row.sequence = sequence;
  for (const JsonMember& member : *members) {
    if (member.name == "event_id") row.event_id = without_quotes(member.value);
    if (member.name == "timestamp") row.timestamp = without_quotes(member.value);
  }
  if (!has_form(row.event_id, kUuidForm) || !has_form(row.timestamp, kTimestampForm)) return std::nullopt;
  row.event = native.find(kNul) == std::string_view::npos
                  ? std::string(native)
                  : with_escapes(native, [](std::string_view escape) {
                      return escape == kNul ? std::string_view("\\ufffd") : escape;
                    });
  return row;
}

std::string ascii_json(std::string_view json) {
  std::string out = with_escapes(json, [](std::string_view escape) {
    return escape.starts_with("\\u00") && escape < "\\u0080" ? escape : std::string_view("?");
  });
  std::ranges::replace_if(out, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
  return out;
}

void append_copy_text(std::string& out, std::string_view value) {
  for (const char c : value) {
    switch (c) {
      case '\\': out.append("\\\\"); break;
      case '\n': out.append("\\n"); break;
      case '\r': out.append("\\r"); break;
      case '\t': out.append("\\t"); break;
      default: out.push_back(c);
    }
  }
}

}  // namespace sqlproxy::audit
