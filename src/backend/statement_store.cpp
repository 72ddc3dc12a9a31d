#include "backend/statement_store.hpp"

#include <functional>
#include <mutex>
#include <unordered_map>

#include "core/random.hpp"

namespace sqlproxy::backend {
namespace {

std::uint64_t random_seed() {
  std::uint64_t seed = 0;
  core::random_bytes(&seed, sizeof seed);
  return seed;
}

struct Identity {
  std::string_view text;
  std::string_view parameter_types;
  std::uint64_t settings = 0;

  friend bool operator==(const Identity&, const Identity&) = default;
};

struct IdentityHash {
  // So that nobody can prepare statements that all fall into one bucket of their choice.
  std::uint64_t seed = random_seed();

  std::size_t operator()(const Identity& identity) const {
    constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15;
    std::uint64_t hash = seed;
    for (const std::uint64_t part :
         {std::uint64_t{std::hash<std::string_view>{}(identity.text)},
          std::uint64_t{std::hash<std::string_view>{}(identity.parameter_types)}, identity.settings}) {
      hash = (hash ^ part) * kOdd;
      hash ^= hash >> 32;
    }
    return static_cast<std::size_t>(hash);
  }
};

}  // namespace

// The views in a key are of the statement that it leads to.
struct StatementStore::Table {
  struct Entry {
    const SharedStatement* statement = nullptr;
    std::weak_ptr<const SharedStatement> alive;
  };

  // Ends a statement that nobody holds any more. Meanwhile another thread may have made a new one of the same identity.
  void remove(const SharedStatement* statement) {
    const std::scoped_lock lock(mutex);
    const auto found = entries.find({statement->text, statement->parameter_types, statement->settings});
    if (found != entries.end() && found->second.statement == statement) entries.erase(found);
  }

  mutable std::mutex mutex;
  std::unordered_map<Identity, Entry, IdentityHash> entries;
};

StatementStore::StatementStore() : table_(std::make_shared<Table>()) {}

std::string StatementStore::next_name() {
  return std::string(kPrefix) + std::to_string(next_id_.fetch_add(1, std::memory_order_relaxed));
}

SharedStatementPtr StatementStore::intern(std::string_view text, std::string_view parameter_types,
                                          std::uint64_t settings) {
  const std::scoped_lock lock(table_->mutex);
  const auto found = table_->entries.find({text, parameter_types, settings});
  if (found != table_->entries.end()) {
    if (SharedStatementPtr shared = found->second.alive.lock()) return shared;
    // About to be removed by whoever let go of it last; the new one takes its place.
    table_->entries.erase(found);
  }
  auto* made = new SharedStatement{std::string(text), std::string(parameter_types), settings, next_name()};
  SharedStatementPtr shared(made, [table = table_](const SharedStatement* statement) {
    table->remove(statement);
    delete statement;
  });
  table_->entries.emplace(Identity{made->text, made->parameter_types, settings}, Table::Entry{made, shared});
  return shared;
}

SharedStatementPtr StatementStore::make_private(std::string_view text, std::string_view parameter_types) {
  return std::make_shared<const SharedStatement>(
      SharedStatement{std::string(text), std::string(parameter_types), SharedStatement::kPrivate, next_name()});
}

SharedStatementPtr StatementStore::make_nameless(std::string_view text, std::string_view parameter_types) {
  return std::make_shared<const SharedStatement>(
      SharedStatement{std::string(text), std::string(parameter_types), SharedStatement::kPrivate, {}});
}

std::size_t StatementStore::size() const {
  const std::scoped_lock lock(table_->mutex);
  return table_->entries.size();
}

}  // namespace sqlproxy::backend
