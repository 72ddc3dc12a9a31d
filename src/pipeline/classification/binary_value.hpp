#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "pipeline/catalog_objects.hpp"

// PostgreSQL's binary formats (the types' send functions), as far as something is looked for in them. Safe on any
// bytes.
namespace sqlproxy::pipeline {

inline constexpr std::size_t kMaxBinaryText = 40;

// int8send.
[[nodiscard]] std::string_view text_of_binary_integer(std::string_view value, std::span<char> buffer);
// numeric_send: the digits in front of the point; empty for NaN, infinities and what is longer than `buffer`.
[[nodiscard]] std::string_view text_of_binary_numeric(std::string_view value, std::span<char> buffer);
// date_send; 0 for the infinities.
[[nodiscard]] int year_of_binary_date(std::string_view value);

// The elements of array_send, the fields of record_send or the values of hstore_send, whichever `value` is. What is
// none of them has no items.
class BinaryItems {
 public:
  struct Item {
    Oid type = 0;  // 0: a text
    std::string_view value;
    bool is_null = false;
  };

  explicit BinaryItems(std::string_view value);
  [[nodiscard]] bool next(Item& item);

 private:
  enum class Form { none, array, record, hstore };

  [[nodiscard]] bool begin_array();
  [[nodiscard]] bool begin_counted(Form form);
  [[nodiscard]] bool take(std::size_t size, std::string_view& out);
  [[nodiscard]] bool take_word(std::uint32_t& out);
  [[nodiscard]] bool take_value(Item& item);

  std::string_view all_;
  std::string_view rest_;
  Form form_ = Form::none;
  Oid element_type_ = 0;
  std::uint32_t left_ = 0;
};

}  // namespace sqlproxy::pipeline
