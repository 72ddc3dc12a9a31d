#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sqlproxy::wire {

// The values of DataRows whose bodies come in pieces: what of a row has arrived is read, and of each value no more than
// its first bytes are kept. Safe on any bytes. Reused from row to row.
class RowStream {
 public:
  explicit RowStream(std::size_t max_value) : max_value_(max_value) {}

  // A row's body follows.
  void begin() {
    state_ = State::count;
    missing_ = sizeof(std::uint16_t);
    number_ = 0;
    column_ = 0;
    kept_.clear();
  }

  // Calls `take(column, value)` for each value that is complete with these bytes and not NULL, cut to the first
  // `max_value`. The view lives as long as the call.
  template <class Take>
  void feed(std::string_view bytes, Take take) {
    while (!bytes.empty() && state_ != State::end) {
      const std::size_t size = std::min<std::size_t>(missing_, bytes.size());
      const std::string_view part = bytes.substr(0, size);
      bytes.remove_prefix(size);
      missing_ -= static_cast<std::uint32_t>(size);
      if (state_ == State::value) {
        take_value(part, take);
        continue;
      }
      for (const char c : part) number_ = (number_ << 8U) | static_cast<unsigned char>(c);
      if (missing_ == 0) end_number(take);
    }
  }

  // How many values the row has; 0 before that is known.
  [[nodiscard]] std::size_t columns() const { return columns_; }

 private:
  enum class State : std::uint8_t { count, length, value, end };
  static constexpr std::uint32_t kNull = 0xFFFFFFFF;

  template <class Take>
  void take_value(std::string_view part, Take& take) {
    if (missing_ == 0 && kept_.empty()) {
      take(column_, part.substr(0, max_value_));
      return next_value();
    }
    kept_.append(part.substr(0, max_value_ - std::min(max_value_, kept_.size())));
    if (missing_ != 0) return;
    take(column_, std::string_view(kept_));
    kept_.clear();
    next_value();
  }

  template <class Take>
  void end_number(Take& take) {
    if (state_ == State::count) {
      columns_ = left_ = number_;
      begin_length();
    } else if (number_ == kNull) {
      next_value();
    } else if (number_ == 0) {
      take(column_, std::string_view());
      next_value();
    } else {
      state_ = State::value;
      missing_ = number_;
    }
  }

  void next_value() {
    ++column_;
    begin_length();
  }

  void begin_length() {
    state_ = left_ == 0 ? State::end : State::length;
    if (left_ != 0) --left_;
    missing_ = sizeof(std::uint32_t);
    number_ = 0;
  }

  std::size_t max_value_;
  State state_ = State::end;
  std::uint32_t missing_ = 0;
  std::uint32_t number_ = 0;
  std::size_t columns_ = 0;
  std::size_t left_ = 0;
  std::size_t column_ = 0;
  // Of a value that came in pieces.
  std::string kept_;
};

}  // namespace sqlproxy::wire
