#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/result.hpp"
#include "core/sqlstate.hpp"
#include "wire/message_type.hpp"
#include "wire/messages/error_field.hpp"

namespace sqlproxy::wire {

// The fields of an ErrorResponse or a NoticeResponse, which differ in their letter only. Values are views into the
// decoded body. Fields that are not known, or come twice, are kept: an error is relayed whole (protocol.md 0.4).
struct ErrorResponse {
  struct Field {
    ErrorField code = ErrorField::Message;
    std::string_view value;
    friend bool operator==(const Field&, const Field&) = default;
  };

  std::vector<Field> fields;

  // 08P01 for a body that is not a list of fields with its terminator. No field is required.
  [[nodiscard]] static core::Result<ErrorResponse> decode(std::string_view body);
  // The fields that are complete within the first bytes of a body that is too long to be held; never fails.
  [[nodiscard]] static ErrorResponse decode_prefix(std::string_view available);

  // The first field with that code.
  [[nodiscard]] std::optional<std::string_view> find(ErrorField code) const noexcept;
  // The SQLSTATE; XX000 when there is none of five characters, as from poolers and ancient servers.
  [[nodiscard]] core::SqlState sqlstate() const noexcept;
  // The primary message, or an empty view.
  [[nodiscard]] std::string_view message() const noexcept;
  // The severity that is not translated, where the server sends one (9.6 and later), else the other, else empty.
  [[nodiscard]] std::string_view severity() const noexcept;
  // True for FATAL and PANIC: the server closes the connection.
  [[nodiscard]] bool ends_session() const noexcept;
  // Removes every field with that code.
  void erase(ErrorField code);

  // `type` is ErrorResponse or NoticeResponse.
  [[nodiscard]] core::Status encode(std::string& out, BackendType type = BackendType::ErrorResponse) const;
};

}  // namespace sqlproxy::wire
