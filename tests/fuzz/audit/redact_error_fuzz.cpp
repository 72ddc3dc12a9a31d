// No digit, no quoted text and no word from outside the vocabulary gets through redact_error().
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "audit/message_vocabulary.hpp"
#include "audit/redacted_text.hpp"

namespace {

constexpr bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view message(reinterpret_cast<const char*>(data), size);
  const std::string text = sqlproxy::audit::redact_error(sqlproxy::core::SqlState("22P02"), message).text();
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && is_letter(text[end])) ++end;
    if (end > at) {
      if (!sqlproxy::audit::is_message_word(std::string_view(text).substr(at, end - at))) std::abort();
      at = end;
    } else {
      if (std::string_view(" ,:;().-/=?\"").find(text[at]) == std::string_view::npos) std::abort();
      ++at;
    }
  }
  return 0;
}
