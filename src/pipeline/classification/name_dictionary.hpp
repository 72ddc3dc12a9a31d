#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "pipeline/classification/tag.hpp"

namespace sqlproxy::pipeline {

// How much of a column's name a term may be.
enum class TermUse : std::uint8_t {
  whole,  // all of it
  words,  // one or more of its words
  stem,   // a part of a word as well
};

struct NameTerms {
  BuiltinTag tag;
  TermUse use;
  // Each the words of NameWords written as one, a space between two terms.
  std::string_view terms;
};

// What columns with personal data are called, in the languages that schemas are written in.
[[nodiscard]] std::span<const NameTerms> name_terms();

// Words that turn a term into something about it: email_verified, is_email, password_changed_at.
[[nodiscard]] bool takes_back_before(std::string_view word);
[[nodiscard]] bool takes_back_behind(std::string_view word);

// What persons are called as rows: customers.name and customer_name are a person's name, products.name is not.
[[nodiscard]] bool is_person(std::string_view word);
// The word "name" alone.
[[nodiscard]] bool is_bare_name(std::string_view word);

}  // namespace sqlproxy::pipeline
