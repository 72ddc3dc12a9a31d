#include "config/loading/verifier_syntax.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace sqlproxy::config::loading {

namespace {

constexpr std::string_view kScramPrefix = "SCRAM-SHA-256$";
constexpr std::string_view kMd5Prefix = "md5";
constexpr std::size_t kMd5Digits = 32;
// 32 bytes in base64.
constexpr std::size_t kKeyCharacters = 44;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return false;
  std::string_view body = text;
  while (body.ends_with('=') && text.size() - body.size() < 2) body.remove_suffix(1);
  return std::ranges::all_of(body, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || is_digit(c) || c == '+' || c == '/';
  });
}

// A SHA-256 value: exactly one character of padding.
bool is_key(std::string_view text) {
  return text.size() == kKeyCharacters && is_base64(text) && text[kKeyCharacters - 1] == '=' &&
         text[kKeyCharacters - 2] != '=';
}

bool is_iteration_count(std::string_view text) {
  int count = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, count);
  return error == std::errc{} && rest == end && count > 0;
}

// The text up to `separator`, which is cut off `rest` with it; all of `rest` when it is not there.
std::string_view take_until(std::string_view& rest, char separator) {
  const std::size_t at = rest.find(separator);
  const std::string_view part = rest.substr(0, at);
  rest = at == std::string_view::npos ? std::string_view{} : rest.substr(at + 1);
  return part;
}

}  // namespace

VerifierKind verifier_kind(std::string_view text) {
  if (text.starts_with(kScramPrefix)) {
    std::string_view rest = text.substr(kScramPrefix.size());
    const std::string_view iterations = take_until(rest, ':');
    const std::string_view salt = take_until(rest, '$');
    const std::string_view stored_key = take_until(rest, ':');
    const bool sound = is_iteration_count(iterations) && is_base64(salt) && is_key(stored_key) && is_key(rest);
    return sound ? VerifierKind::scram_sha_256 : VerifierKind::none;
  }
  if (text.starts_with(kMd5Prefix) && text.size() == kMd5Prefix.size() + kMd5Digits) {
    const bool hexadecimal = std::ranges::all_of(text.substr(kMd5Prefix.size()),
                                                 [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
    if (hexadecimal) return VerifierKind::md5;
  }
  return VerifierKind::none;
}

}  // namespace sqlproxy::config::loading
