#include "pipeline/classification/copy_rows.hpp"

#include <algorithm>

#include "pipeline/classification/digits.hpp"

namespace sqlproxy::pipeline {
namespace {

// "PGCOPY\n\377\r\n\0", the flags, the length of the extension.
constexpr std::size_t kBinaryHeader = 19;
constexpr std::uint32_t kNull = 0xFFFFFFFF;
constexpr std::uint32_t kMaxValueSize = 1U << 30U;

int hex_value(char c) {
  if (is_digit(c)) return digit_value(c);
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

char control_of(char c) {
  switch (c) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'v': return '\v';
    default: return c;
  }
}

}  // namespace

CopyRows::CopyRows(const CopyFormat& format)
    : kind_(format.kind),
      delimiter_(format.delimiter),
      quote_(format.quote),
      escape_(format.escape),
      null_text_(format.null_text),
      state_(format.kind == CopyFormat::Kind::binary ? State::header : State::value),
      left_(format.kind == CopyFormat::Kind::binary ? kBinaryHeader : 0) {}

void CopyRows::take(std::string_view bytes, CopyVisitor& visitor) {
  if (kind_ == CopyFormat::Kind::binary) {
    while (!bytes.empty() && state_ != State::ended && state_ != State::broken) {
      bytes.remove_prefix(take_binary(bytes, visitor));
    }
    return;
  }
  for (const char c : bytes) take_character(c, visitor);
}

void CopyRows::take_character(char c, CopyVisitor& visitor) {
  switch (state_) {
    case State::value: return take_in_value(c, visitor);
    case State::quoted: return take_in_quotes(c);
    case State::quote_inside:
      if (c == quote_ && escape_ == quote_) {
        add(c);
        state_ = State::quoted;
        return;
      }
      state_ = State::value;
      return take_in_value(c, visitor);
    default: return take_escaped(c, visitor);
  }
}

void CopyRows::take_in_value(char c, CopyVisitor& visitor) {
  if (c == delimiter_) return end_value(visitor);
  if (c == '\n') return end_row(visitor);
  if (kind_ == CopyFormat::Kind::csv) {
    if (c == quote_) {
      state_ = State::quoted;
      may_be_null_ = false;
      return;
    }
    // The end of a line may be written with it.
    if (c == '\r') return;
  } else if (c == '\\') {
    state_ = State::escaped;
    return;
  }
  add(c);
}

void CopyRows::take_in_quotes(char c) {
  if (c == quote_) {
    state_ = State::quote_inside;
  } else if (c == escape_) {
    // The character behind it stands for itself.
    state_ = State::escaped;
  } else {
    add(c);
  }
}

void CopyRows::take_escaped(char c, CopyVisitor& visitor) {
  if (kind_ == CopyFormat::Kind::csv) {
    add(c);
    state_ = State::quoted;
    return;
  }
  const int digit = hex_value(c);
  if (state_ == State::escaped) {
    state_ = State::value;
    if (digit >= 0 && digit < 8 && is_digit(c)) {
      state_ = State::octal;
      number_ = static_cast<std::uint32_t>(digit);
      digits_ = 1;
    } else if (c == 'x') {
      state_ = State::hex;
      number_ = 0;
      digits_ = 0;
    } else if (c == 'N' && value_.empty()) {
      // Stands for null unless the format says otherwise; as an escape it would be the letter.
      value_ = "\\N";
      return;
    } else {
      add(control_of(c));
    }
    may_be_null_ = false;
    return;
  }
  const bool octal = state_ == State::octal;
  const std::uint32_t base = octal ? 8 : 16;
  const std::size_t most = octal ? 3 : 2;
  if (digits_ < most && digit >= 0 && static_cast<std::uint32_t>(digit) < base) {
    number_ = number_ * base + static_cast<std::uint32_t>(digit);
    ++digits_;
    return;
  }
  add(static_cast<char>(number_ & 0xFFU));
  state_ = State::value;
  take_in_value(c, visitor);
}

std::size_t CopyRows::take_binary(std::string_view bytes, CopyVisitor& visitor) {
  const std::size_t size = std::min(left_, bytes.size());
  const std::string_view part = bytes.substr(0, size);
  if (state_ == State::bytes) {
    value_.append(part.substr(0, kMaxValue - std::min(kMaxValue, value_.size())));
  } else if (state_ != State::extension) {
    // The last four bytes are the number.
    for (const char c : part) number_ = (number_ << 8U) | static_cast<unsigned char>(c);
  }
  left_ -= size;
  if (left_ == 0) take_word(number_, visitor);
  return size;
}

void CopyRows::take_word(std::uint32_t word, CopyVisitor& visitor) {
  const auto next = [this](State state, std::size_t left) {
    state_ = state;
    left_ = left;
    number_ = 0;
  };
  const auto next_row = [&] { next(State::count, sizeof(std::uint16_t)); };
  const auto next_value = [&] {
    if (values_left_ != 0) {
      --values_left_;
      return next(State::length, sizeof(std::uint32_t));
    }
    visitor.on_copy_row();
    column_ = 0;
    next_row();
  };
  switch (state_) {
    case State::header:
      if (word > kMaxValueSize) return next(State::broken, 0);
      return word == 0 ? next_row() : next(State::extension, word);
    case State::extension: return next_row();
    case State::count:
      if (word == 0xFFFF) return next(State::ended, 0);
      values_left_ = word;
      return next_value();
    case State::length:
      if (word == kNull) {
        ++column_;
        return next_value();
      }
      if (word > kMaxValueSize) return next(State::broken, 0);
      value_.clear();
      next(State::bytes, word);
      if (word != 0) return;
      [[fallthrough]];
    default:
      visitor.on_copy_value(column_++, value_);
      value_.clear();
      return next_value();
  }
}

void CopyRows::add(char c) {
  if (value_.size() < kMaxValue) value_.push_back(c);
}

void CopyRows::end_value(CopyVisitor& visitor) {
  const bool null = may_be_null_ && value_ == null_text_;
  if (!null) visitor.on_copy_value(column_, value_);
  value_.clear();
  may_be_null_ = true;
  ++column_;
}

void CopyRows::end_row(CopyVisitor& visitor) {
  // The end of the data, as older servers write it.
  const bool end_mark = column_ == 0 && value_ == "." && !may_be_null_;
  if (!end_mark) {
    end_value(visitor);
    visitor.on_copy_row();
  }
  value_.clear();
  column_ = 0;
  may_be_null_ = true;
}

}  // namespace sqlproxy::pipeline
