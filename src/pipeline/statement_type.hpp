#pragma once

#include <cstdint>
#include <string_view>

namespace sqlproxy::pipeline {

// What a statement does, in the words that policy rules use (docs/configuration.md, "Statement types").
enum class StatementType : std::uint8_t {
  select,
  insert,
  update,
  delete_,
  merge,
  truncate,
  copy_to,
  copy_from,
  lock,
  execute,
  ddl,
  dcl,
  maintenance,
  do_block,
  notify,
  server_file,
  session,
  // Never in a rule: transaction control is always allowed, what cannot be read is denied.
  transaction,
  unparsed,
};

// "SELECT", "COPY_TO", "DO", ...: as in rules and audit events.
[[nodiscard]] std::string_view to_string(StatementType type);
// The type that to_string() gives this name; unparsed for any other.
[[nodiscard]] StatementType statement_type_of(std::string_view name);

// A set of statement types; a plain value.
class StatementTypes {
 public:
  constexpr StatementTypes() = default;
  constexpr StatementTypes(StatementType type) : bits_(1U << static_cast<unsigned>(type)) {}  // NOLINT(*-explicit-*)

  [[nodiscard]] constexpr bool contains(StatementType type) const {
    return (bits_ & (1U << static_cast<unsigned>(type))) != 0;
  }
  [[nodiscard]] constexpr bool intersects(StatementTypes other) const { return (other.bits_ & bits_) != 0; }
  [[nodiscard]] constexpr bool contains_all(StatementTypes other) const { return (other.bits_ & ~bits_) == 0; }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  [[nodiscard]] constexpr std::uint32_t bits() const { return bits_; }

  constexpr StatementTypes& operator|=(StatementTypes other) {
    bits_ |= other.bits_;
    return *this;
  }
  friend constexpr StatementTypes operator|(StatementTypes a, StatementTypes b) { return a |= b; }
  friend constexpr bool operator==(StatementTypes, StatementTypes) = default;

 private:
  std::uint32_t bits_ = 0;
};

// The types of a rule's word: a type's own name or one of the groups READ, WRITE, DML, ALL; empty when there is no such
// word. Case-sensitive, upper case.
[[nodiscard]] StatementTypes statement_types_named(std::string_view word);

}  // namespace sqlproxy::pipeline
