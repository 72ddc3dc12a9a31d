#include "audit/json_writer.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

#include "audit/utf8.hpp"

namespace sqlproxy::audit {
namespace {

constexpr bool is_plain(unsigned char byte) {
  return byte >= 0x20 && byte < 0x7F && byte != '"' && byte != '\\';
}

constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> table{};
  for (std::size_t i = 0; i < table.size(); ++i) table[i] = is_plain(static_cast<unsigned char>(i));
  return table;
}();

// The length of the run of plain characters that `text` begins with. Eight bytes at a time: a byte of the word
// tests non-zero when it is below 0x20, above 0x7E, a quote or a backslash (the classic carry tricks; bytes above 0x7F
// are found by their own top bit, so borrows from them cannot hide anything).
std::size_t plain_run(std::string_view text) noexcept {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kTops = 0x8080808080808080;
  const auto has_zero = [](std::uint64_t word) { return (word - kOnes) & ~word & kTops; };
  std::size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + i, sizeof word);
    const std::uint64_t below_space = (word - kOnes * 0x20) & ~word & kTops;
    const std::uint64_t special =
        has_zero(word ^ (kOnes * '"')) | has_zero(word ^ (kOnes * '\\')) | has_zero(word ^ (kOnes * 0x7F));
    if ((below_space | special | (word & kTops)) != 0) break;
  }
  while (i < text.size() && kPlain[static_cast<unsigned char>(text[i])]) ++i;
  return i;
}

void append_unicode_escape(std::string& out, char32_t code) {
  static constexpr char kHex[] = "0123456789abcdef";
  out.append("\\u");
  for (int shift = 12; shift >= 0; shift -= 4) out.push_back(kHex[(code >> shift) & 0x0F]);
}

void append_ascii_escape(std::string& out, char c) {
  switch (c) {
    case '"': out.append("\\\""); return;
    case '\\': out.append("\\\\"); return;
    case '\n': out.append("\\n"); return;
    case '\r': out.append("\\r"); return;
    case '\t': out.append("\\t"); return;
    default: append_unicode_escape(out, static_cast<unsigned char>(c)); return;
  }
}

// Characters beyond ASCII that make a line look like something that it is not.
constexpr bool is_deceptive(char32_t code) {
  return (code >= 0x80 && code <= 0x9F) || code == 0x061C || code == 0x200E || code == 0x200F ||
         (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) || code == 0xFEFF;
}

void append_escaped(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const std::size_t run = plain_run(text);
    out.append(text.data(), run);
    text.remove_prefix(run);
    if (text.empty()) return;
    if (static_cast<unsigned char>(text.front()) < 0x80) {
      append_ascii_escape(out, text.front());
      text.remove_prefix(1);
      continue;
    }
    const Utf8Char character = decode_utf8(text);
    if (character.length == 0) {
      out.append("\xEF\xBF\xBD");
      text.remove_prefix(1);
      continue;
    }
    if (is_deceptive(character.code)) {
      append_unicode_escape(out, character.code);
    } else {
      out.append(text.data(), character.length);
    }
    text.remove_prefix(character.length);
  }
}

template <class Number>
void append_number(std::string& out, Number value) {
  std::array<char, 32> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  out.append(digits.data(), static_cast<std::size_t>(end - digits.data()));
}

}  // namespace

void append_json_string(std::string& out, std::string_view text, std::size_t limit) {
  out.push_back('"');
  const std::string_view kept = utf8_prefix(text, limit);
  append_escaped(out, kept);
  if (kept.size() < text.size()) {
    out.append("\xE2\x80\xA6[+");
    append_number(out, text.size() - kept.size());
    out.append(" bytes]");
  }
  out.push_back('"');
}

void JsonMembers::key(const MemberName& name) {
  if (first_) {
    first_ = false;
    out_.push_back('{');
    out_.append(name.text().substr(1));
  } else {
    out_.append(name.text());
  }
}

void JsonMembers::string(const MemberName& name, std::string_view text, std::size_t limit) {
  key(name);
  append_json_string(out_, text, limit);
}

void JsonMembers::string_or_null(const MemberName& name, std::string_view text, std::size_t limit) {
  if (text.empty()) {
    null(name);
  } else {
    string(name, text, limit);
  }
}

void JsonMembers::word(const MemberName& name, std::string_view text) {
  key(name);
  out_.push_back('"');
  out_.append(text);
  out_.push_back('"');
}

void JsonMembers::number(const MemberName& name, std::int64_t value) {
  key(name);
  append_number(out_, value);
}

void JsonMembers::number(const MemberName& name, std::uint64_t value) {
  key(name);
  append_number(out_, value);
}

void JsonMembers::fraction(const MemberName& name, double value) {
  if (!std::isfinite(value)) return null(name);
  key(name);
  append_number(out_, value);
}

void JsonMembers::boolean(const MemberName& name, bool value) {
  key(name);
  out_.append(value ? "true" : "false");
}

void JsonMembers::null(const MemberName& name) {
  key(name);
  out_.append("null");
}

}  // namespace sqlproxy::audit
