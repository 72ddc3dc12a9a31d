#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sqlproxy::config {

// The statement types that policies speak of, in the contract's order.
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
};

inline constexpr std::size_t kStatementTypes = 17;

// "SELECT", "COPY_TO", ...
[[nodiscard]] std::string_view statement_type_name(StatementType type);

// A set of statement types, as a rule lists them.
class StatementSet {
 public:
  // The set that `name` stands for: one type, or one of the groups READ, WRITE, DML and ALL. Nothing for other names.
  [[nodiscard]] static std::optional<StatementSet> from_name(std::string_view name);
  // Every type but SERVER_FILE.
  [[nodiscard]] static StatementSet all();

  void add(StatementType type) { bits_ |= bit(type); }
  void add(StatementSet other);

  [[nodiscard]] bool contains(StatementType type) const { return (bits_ & bit(type)) != 0; }
  [[nodiscard]] bool contains(StatementSet other) const { return (other.bits_ & ~bits_) == 0; }
  [[nodiscard]] bool intersects(StatementSet other) const { return (other.bits_ & bits_) != 0; }
  [[nodiscard]] bool empty() const { return bits_ == 0; }

  // True when SESSION was written by its own name: only that, not ALL, speaks of the guarded settings.
  [[nodiscard]] bool names_session() const { return names_session_; }

  friend bool operator==(const StatementSet&, const StatementSet&) = default;

 private:
  static constexpr std::uint32_t bit(StatementType type) { return std::uint32_t{1} << static_cast<unsigned>(type); }

  std::uint32_t bits_ = 0;
  bool names_session_ = false;
};

}  // namespace sqlproxy::config
