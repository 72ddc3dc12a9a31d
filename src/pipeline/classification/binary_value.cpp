#include "pipeline/classification/binary_value.hpp"

#include <charconv>
#include <cstdint>

namespace sqlproxy::pipeline {
namespace {

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = (value << 8U) | static_cast<unsigned char>(c);
  return value;
}

constexpr std::uint32_t kNull = 0xFFFFFFFF;
// MAXDIM.
constexpr std::uint32_t kMaxDimensions = 6;
constexpr std::uint32_t kMaxItems = 1U << 16U;

}  // namespace

std::string_view text_of_binary_integer(std::string_view value, std::span<char> buffer) {
  if (value.size() != sizeof(std::uint64_t)) return {};
  const auto number = static_cast<std::int64_t>(big_endian(value));
  const auto written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
  return written.ec == std::errc{} ? std::string_view(buffer.data(), written.ptr) : std::string_view();
}

std::string_view text_of_binary_numeric(std::string_view value, std::span<char> buffer) {
  constexpr std::size_t kHeader = 8;
  constexpr std::size_t kDigitsEach = 4;
  if (value.size() < kHeader) return {};
  const auto count = static_cast<std::size_t>(big_endian(value.substr(0, 2)));
  const auto weight = static_cast<std::int16_t>(big_endian(value.substr(2, 2)));
  const auto sign = static_cast<unsigned>(big_endian(value.substr(4, 2)));
  // NUMERIC_POS and NUMERIC_NEG; the rest are no numbers.
  if ((sign & 0xBFFFU) != 0 || weight < 0 || value.size() != kHeader + 2 * count) return {};
  const auto groups = static_cast<std::size_t>(weight) + 1;
  if (groups * kDigitsEach > buffer.size()) return {};
  std::size_t size = 0;
  for (std::size_t i = 0; i < groups; ++i) {
    std::uint64_t group = i < count ? big_endian(value.substr(kHeader + 2 * i, 2)) : 0;
    if (group > 9999) return {};
    for (std::uint64_t place = 1000; place != 0; place /= 10) {
      const auto digit = static_cast<char>('0' + group / place % 10);
      if (size != 0 || digit != '0') buffer[size++] = digit;
    }
  }
  return {buffer.data(), size};
}

int year_of_binary_date(std::string_view value) {
  if (value.size() != sizeof(std::uint32_t)) return 0;
  const auto days = static_cast<std::int32_t>(static_cast<std::uint32_t>(big_endian(value)));
  constexpr std::int32_t kMostDays = 800'000;
  if (days > kMostDays || days < -kMostDays) return 0;
  // Days since 2000-01-01, in years of 365.2425 days.
  const std::int64_t scaled = std::int64_t{days} * 400;
  const std::int64_t year = scaled >= 0 ? scaled / 146097 : -((-scaled + 146096) / 146097);
  return static_cast<int>(2000 + year);
}

BinaryItems::BinaryItems(std::string_view value) : all_(value) {
  if (begin_array()) {
    form_ = Form::array;
  } else if (begin_counted(Form::record)) {
    form_ = Form::record;
  } else if (begin_counted(Form::hstore)) {
    form_ = Form::hstore;
  }
}

bool BinaryItems::take(std::size_t size, std::string_view& out) {
  if (rest_.size() < size) return false;
  out = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return true;
}

bool BinaryItems::take_word(std::uint32_t& out) {
  std::string_view bytes;
  if (!take(sizeof(out), bytes)) return false;
  out = static_cast<std::uint32_t>(big_endian(bytes));
  return true;
}

bool BinaryItems::take_value(Item& item) {
  std::uint32_t size = 0;
  if (!take_word(size)) return false;
  item.is_null = size == kNull;
  item.value = {};
  return item.is_null || take(size, item.value);
}

// Dimensions, whether there are nulls, the elements' type, and for each dimension its length and lower bound.
bool BinaryItems::begin_array() {
  rest_ = all_;
  std::uint32_t dimensions = 0;
  std::uint32_t flags = 0;
  if (!take_word(dimensions) || !take_word(flags) || !take_word(element_type_)) return false;
  if (dimensions == 0 || dimensions > kMaxDimensions || flags > 1) return false;
  std::uint64_t items = 1;
  for (std::uint32_t i = 0; i < dimensions; ++i) {
    std::uint32_t length = 0;
    std::uint32_t bound = 0;
    if (!take_word(length) || !take_word(bound)) return false;
    items *= length;
    if (items > kMaxItems) return false;
  }
  left_ = static_cast<std::uint32_t>(items);
  return left_ != 0;
}

// A number of items, each with a type (record) or a key (hstore); all of it has to fit to the byte.
bool BinaryItems::begin_counted(Form form) {
  rest_ = all_;
  std::uint32_t count = 0;
  if (!take_word(count) || count == 0 || count > kMaxItems) return false;
  const std::string_view items = rest_;
  form_ = form;
  left_ = count;
  Item item;
  std::uint32_t seen = 0;
  while (seen < count && next(item)) ++seen;
  const bool fits = seen == count && rest_.empty();
  form_ = Form::none;
  rest_ = items;
  left_ = count;
  return fits;
}

bool BinaryItems::next(Item& item) {
  if (form_ == Form::none || left_ == 0) return false;
  --left_;
  item.type = 0;
  if (form_ == Form::array) item.type = element_type_;
  if (form_ == Form::record && !take_word(item.type)) return false;
  if (form_ == Form::hstore) {
    Item key;
    if (!take_value(key) || key.is_null) return false;
  }
  return take_value(item);
}

}  // namespace sqlproxy::pipeline
