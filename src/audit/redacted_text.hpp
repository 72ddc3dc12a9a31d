#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "core/sqlstate.hpp"

namespace sqlproxy::audit {

// An error text that is safe to keep. There are two ways to get one, so that a text with somebody's data in it does not
// reach an event by accident: redact_error() for texts of a server, and own() for texts that this program wrote.
class RedactedText {
 public:
  RedactedText() = default;

  // Require: `text` is a message of the proxy itself, which never holds a literal, a value or a secret (core::Error).
  [[nodiscard]] static RedactedText own(std::string text) { return RedactedText(std::move(text)); }

  [[nodiscard]] bool empty() const { return text_.empty(); }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  friend RedactedText redact_error(core::SqlState, std::string_view);
  explicit RedactedText(std::string text) : text_(std::move(text)) {}

  std::string text_;
};

// The primary message of a server's ErrorResponse without the data it may quote. Fails closed: what stands between
// quotes becomes "?", and outside of quotes only words of PostgreSQL's own message vocabulary stay; every other word
// and every number becomes ?. Messages that SQL code raises itself (class P0) are withheld altogether. DETAIL, HINT and
// CONTEXT of a server's error must never be passed: they show whole rows.
[[nodiscard]] RedactedText redact_error(core::SqlState sqlstate, std::string_view message);

}  // namespace sqlproxy::audit
