#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/loading/choice.hpp"
#include "config/loading/load_context.hpp"
#include "config/loading/located_text.hpp"
#include "config/loading/toml_document.hpp"
#include "core/secret.hpp"

namespace sqlproxy::config::loading {

inline constexpr std::chrono::milliseconds kLongestDuration = std::chrono::hours(24 * 365);

// Whether an empty array is a fault.
enum class Emptiness { allowed, refused };

// Reads one table of the file, key by key, and reports what does not fit: wrong types and values as they are read, keys
// that nobody asked for in finish(). Each reading function takes an absent key for the default: it leaves `out` as it
// is. They return true when the key is there and its value has been taken.
//
// Keys are given as literals; the reader keeps views of them. Lives shorter than the document and the context.
class TableReader {
 public:
  // `name`: how messages call the table, as "[server.tls]"; empty for the whole file.
  TableReader(const toml::table& table, std::string name, LoadContext& context)
      : table_(&table), name_(std::move(name)), context_(&context) {}

  [[nodiscard]] const std::string& name() const { return name_; }
  // Where the table begins.
  [[nodiscard]] Place place() const;
  // Where the value of `key` begins, or the table when it is absent.
  [[nodiscard]] Place place(std::string_view key) const;
  [[nodiscard]] bool has(std::string_view key) const { return table_->contains(key); }

  bool boolean(std::string_view key, bool& out);
  bool integer(std::string_view key, std::int64_t& out, std::int64_t min, std::int64_t max);
  bool count(std::string_view key, std::size_t& out, std::size_t min, std::size_t max);
  // A positive number, with or without a fraction.
  bool positive_number(std::string_view key, double& out);
  bool duration(std::string_view key, std::chrono::milliseconds& out,
                std::chrono::milliseconds min = std::chrono::milliseconds(0),
                std::chrono::milliseconds max = kLongestDuration);
  bool size(std::string_view key, std::size_t& out, std::size_t min, std::size_t max);
  // Text without control characters, not empty.
  bool text(std::string_view key, std::string& out);
  [[nodiscard]] std::optional<LocatedText> located_text(std::string_view key);
  [[nodiscard]] std::optional<std::vector<LocatedText>> located_texts(std::string_view key, Emptiness emptiness);
  bool texts(std::string_view key, std::vector<std::string>& out, Emptiness emptiness);
  bool secret(std::string_view key, std::optional<core::Secret>& out);
  // Absolute; relative ones start at the file's directory.
  bool path(std::string_view key, std::filesystem::path& out);
  template <class Enum>
  bool choice(std::string_view key, Enum& out, std::span<const Choice<Enum>> choices);

  [[nodiscard]] std::optional<TableReader> table(std::string_view key);
  // The tables of an array of tables, [[NAME]].
  [[nodiscard]] std::vector<TableReader> tables(std::string_view key);
  // Every entry as a table, with its key: for tables whose keys are names of the user's choice.
  [[nodiscard]] std::vector<std::pair<const toml::key*, TableReader>> named_tables();

  void fault(Place place, std::string message) const { context_->faults.fault(place, std::move(message)); }
  void warn(Place place, std::string message) const { context_->faults.warn(place, std::move(message)); }
  // Reports the keys that have not been read.
  void finish() const;

 private:
  // The value of `key`, which is known from now on; null when absent.
  const toml::node* find(std::string_view key);
  bool wrong_type(std::string_view key, const toml::node& node, std::string_view expected) const;
  bool acceptable(std::string_view key, const LocatedText& text) const;
  [[nodiscard]] std::string child_name(std::string_view key) const;

  const toml::table* table_;
  std::string name_;
  LoadContext* context_;
  std::vector<std::string_view> known_;
};

template <class Enum>
bool TableReader::choice(std::string_view key, Enum& out, std::span<const Choice<Enum>> choices) {
  const auto text = located_text(key);
  if (!text) return false;
  std::string words;
  for (const auto& choice : choices) {
    if (choice.word == text->text()) {
      out = choice.value;
      return true;
    }
    words += (words.empty() ? "" : ", ") + in_quotes(choice.word);
  }
  fault(text->place(), in_quotes(key) + " must be one of " + words + ", not " + text->shown());
  return false;
}

}  // namespace sqlproxy::config::loading
