#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "pipeline/copy_format.hpp"

namespace sqlproxy::pipeline {

// Told of the rows of a COPY.
class CopyVisitor {
 public:
  virtual ~CopyVisitor() = default;
  // A value that is not null, as it was before COPY escaped it, or its first CopyRows::kMaxValue bytes. Views live as
  // long as the call.
  virtual void on_copy_value(std::size_t column, std::string_view value) = 0;
  virtual void on_copy_row() = 0;
};

// Takes the data of a COPY ... TO apart into rows and values, however it is cut into messages (copyto.c, "COPY" in the
// SQL reference). Safe on any bytes; memory is bounded by one value's kMaxValue.
class CopyRows {
 public:
  static constexpr std::size_t kMaxValue = 1024;

  explicit CopyRows(const CopyFormat& format);

  void take(std::string_view bytes, CopyVisitor& visitor);
  // The data is not what the format says; nothing more is told.
  [[nodiscard]] bool broken() const { return state_ == State::broken; }

 private:
  enum class State : std::uint8_t {
    value,    // text and csv
    escaped,  // behind a backslash
    octal,
    hex,
    quoted,        // csv, between quotes
    quote_inside,  // behind a quote between quotes: its end, or an escape
    header,        // binary: signature, flags and the length of what follows
    extension,
    count,
    length,
    bytes,
    ended,
    broken,
  };

  void take_character(char c, CopyVisitor& visitor);
  void take_in_value(char c, CopyVisitor& visitor);
  void take_escaped(char c, CopyVisitor& visitor);
  void take_in_quotes(char c);
  std::size_t take_binary(std::string_view bytes, CopyVisitor& visitor);
  void take_word(std::uint32_t word, CopyVisitor& visitor);
  void add(char c);
  void end_value(CopyVisitor& visitor);
  void end_row(CopyVisitor& visitor);

  CopyFormat::Kind kind_;
  char delimiter_;
  char quote_;
  char escape_;
  std::string null_text_;
  State state_;
  std::string value_;
  // The value as it stands is what stands for null; one with an escape or a quote never is.
  bool may_be_null_ = true;
  std::size_t column_ = 0;
  // Of an escape by number, and of binary numbers.
  std::uint32_t number_ = 0;
  std::size_t digits_ = 0;
  // Binary: bytes that are still to come of what state_ says.
  std::size_t left_ = 0;
  std::uint32_t values_left_ = 0;
};

}  // namespace sqlproxy::pipeline
