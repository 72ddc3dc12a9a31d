#pragma once

#include <optional>
#include <string_view>

namespace sqlproxy::wire::scram {

// Walks over the "name=value" list of a SCRAM message (RFC 5802, section 7). Views point into the message.
class AttributeReader {
 public:
  struct Attribute {
    char name = 0;
    std::string_view value;
  };

  explicit AttributeReader(std::string_view message) noexcept : rest_(message) {}

  // The next attribute; none at the end and where the message is malformed.
  [[nodiscard]] std::optional<Attribute> next() noexcept;
  // The value of the next attribute if it has that name; none otherwise.
  [[nodiscard]] std::optional<std::string_view> expect(char name) noexcept;
  // True when the message was read to its end. A comma at the end is malformed, so it is not the end.
  [[nodiscard]] bool at_end() const noexcept { return !rest_.has_value(); }
  // Reads attributes that mean nothing to us; false when one of them is malformed.
  [[nodiscard]] bool skip_rest() noexcept;

 private:
  // None: the last attribute was read.
  std::optional<std::string_view> rest_;
};

// True for one or more printable ASCII characters but the comma: what a nonce is made of.
[[nodiscard]] bool is_nonce(std::string_view text) noexcept;

}  // namespace sqlproxy::wire::scram
