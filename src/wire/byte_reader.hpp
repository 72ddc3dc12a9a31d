#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/result.hpp"

namespace sqlproxy::wire {

// A cursor over the body of one message; integers are big-endian.
//
// Failure is sticky: once something did not fit, every later read returns zero or an empty view, so a decoder reads all
// its fields and asks once, at the end, with finish(). Views returned point into the body given to the constructor.
// Plain value, not thread-safe.
class ByteReader {
 public:
  explicit ByteReader(std::string_view body) noexcept : body_(body) {}

  [[nodiscard]] std::uint8_t u8() noexcept;
  [[nodiscard]] std::int16_t i16() noexcept;
  [[nodiscard]] std::uint16_t u16() noexcept;
  [[nodiscard]] std::int32_t i32() noexcept;
  [[nodiscard]] std::uint32_t u32() noexcept;
  // The bytes up to the next zero byte, which is consumed but not part of the view.
  [[nodiscard]] std::string_view cstring() noexcept;
  [[nodiscard]] std::string_view bytes(std::size_t count) noexcept;
  // Everything that is left.
  [[nodiscard]] std::string_view rest() noexcept;

  [[nodiscard]] bool ok() const noexcept { return failure_ == Failure::none; }
  [[nodiscard]] bool at_end() const noexcept { return position_ == body_.size(); }
  [[nodiscard]] std::size_t position() const noexcept { return position_; }
  [[nodiscard]] std::size_t remaining() const noexcept { return body_.size() - position_; }

  // Success when every read succeeded and nothing is left over; else 08P01 in PostgreSQL's words (libpq/pqformat.c):
  // "no data left in message", "insufficient data left in message", "invalid string in message",
  // "invalid message format".
  [[nodiscard]] core::Status finish() const;

 private:
  enum class Failure : std::uint8_t { none, no_data_left, insufficient_data, invalid_string };

  void fail(Failure failure) noexcept;
  [[nodiscard]] std::uint64_t big_endian(std::size_t size) noexcept;

  std::string_view body_;
  std::size_t position_ = 0;
  Failure failure_ = Failure::none;
};

}  // namespace sqlproxy::wire
