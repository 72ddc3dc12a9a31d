#include "audit/redacted_text.hpp"

#include <algorithm>
#include <cstddef>

#include "audit/message_vocabulary.hpp"

namespace sqlproxy::audit {
namespace {

constexpr std::size_t kMaxMessageBytes = 500;
constexpr std::string_view kWithheld = "message of SQL code withheld";
constexpr std::string_view kPunctuation = " ,:;().-/=";

constexpr bool is_word_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// Puts the redacted form of a message together, with no two question marks in a row.
class Redaction {
 public:
  void keep(std::string_view text) { out_.append(text); }

  void hide() {
    const std::size_t last = out_.find_last_not_of(' ');
    if (last == std::string::npos || out_[last] != '?') out_.push_back('?');
  }

  void hide_quoted() {
    if (!out_.ends_with("\"?\"")) out_.append("\"?\"");
  }

  [[nodiscard]] std::string take() {
    while (out_.ends_with(' ')) out_.pop_back();
    return std::move(out_);
  }

 private:
  std::string out_;
};

}  // namespace

RedactedText redact_error(core::SqlState sqlstate, std::string_view message) {
  if (sqlstate.error_class() == "P0") return RedactedText(std::string(kWithheld));
  message = message.substr(0, kMaxMessageBytes);
  Redaction redaction;
  for (std::size_t at = 0; at < message.size();) {
    const char c = message[at];
    if (c == '"' || c == '\'') {
      // A value may hold quotes itself, and then what seems to be outside of them is its own: it is held against the
      // vocabulary.
      redaction.hide_quoted();
      const std::size_t close = message.find(c, at + 1);
      at = close == std::string_view::npos ? message.size() : close + 1;
    } else if (is_word_byte(c)) {
      const auto end = std::find_if_not(message.begin() + static_cast<std::ptrdiff_t>(at), message.end(), is_word_byte);
      const std::string_view word = message.substr(at, static_cast<std::size_t>(end - message.begin()) - at);
      if (is_message_word(word)) {
        redaction.keep(word);
      } else {
        redaction.hide();
      }
      at += word.size();
    } else {
      if (kPunctuation.find(c) != std::string_view::npos) {
        redaction.keep({&c, 1});
      } else {
        redaction.hide();
      }
      ++at;
    }
  }
  return RedactedText(redaction.take());
}

}  // namespace sqlproxy::audit
