#include "wire/scram_attributes.hpp"

#include <algorithm>
#include <cstddef>

namespace sqlproxy::wire::scram {
namespace {

bool is_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

}  // namespace

std::optional<AttributeReader::Attribute> AttributeReader::next() noexcept {
  if (!rest_ || rest_->size() < 2 || !is_letter((*rest_)[0]) || (*rest_)[1] != '=') return std::nullopt;
  const std::string_view text = *rest_;
  const std::size_t comma = text.find(',');
  const Attribute attribute{text[0], text.substr(2, comma == std::string_view::npos ? comma : comma - 2)};
  if (comma == std::string_view::npos) {
    rest_.reset();
  } else {
    rest_ = text.substr(comma + 1);
  }
  return attribute;
}

std::optional<std::string_view> AttributeReader::expect(char name) noexcept {
  const std::optional<Attribute> attribute = next();
  if (!attribute || attribute->name != name) return std::nullopt;
  return attribute->value;
}

bool AttributeReader::skip_rest() noexcept {
  while (!at_end()) {
    if (!next()) return false;
  }
  return true;
}

bool is_nonce(std::string_view text) noexcept {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~' && c != ','; });
}

}  // namespace sqlproxy::wire::scram
