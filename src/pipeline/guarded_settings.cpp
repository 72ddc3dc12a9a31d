#include "pipeline/guarded_settings.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "pipeline/ascii_case.hpp"
#include "pipeline/judge_messages.hpp"

namespace sqlproxy::pipeline {
namespace {

// The spellings of booleans are those that people write; PostgreSQL takes more, which then need a rule.
bool is_true(std::string_view value) {
  constexpr auto kTrue = std::to_array<std::string_view>({"on", "true", "t", "yes", "y", "1"});
  return std::ranges::find(kTrue, ascii_lower(value)) != kTrue.end();
}

bool is_false(std::string_view value) {
  constexpr auto kFalse = std::to_array<std::string_view>({"off", "false", "f", "no", "n", "0"});
  return std::ranges::find(kFalse, ascii_lower(value)) != kFalse.end();
}

bool never(std::string_view) {
  return false;
}

// As it is: "NONE" in other letters may be a role (commands/variable.c, check_role).
bool is_none(std::string_view value) {
  return value == "none";
}

bool is_origin(std::string_view value) {
  return ascii_lower(value) == "origin";
}

bool is_strict_backslash(std::string_view value) {
  return ascii_lower(value) == "safe_encoding" || is_false(value);
}

struct GuardedSetting {
  std::string_view name;
  // Values that anybody may set.
  bool (*is_harmless)(std::string_view value);
};

constexpr auto kGuarded = std::to_array<GuardedSetting>({
    // How SQL is read.
    {"standard_conforming_strings", is_true},
    {"backslash_quote", is_strict_backslash},
    {"client_encoding", is_ascii_safe_encoding},
    // Who the session is.
    {"role", is_none},
    {"session_authorization", never},
    // Whether triggers, foreign keys and rules are in force.
    {"session_replication_role", is_origin},
    // What only superusers may set, as which the proxy may be logged in: writing to system tables, code from files.
    {"allow_system_table_mods", is_false},
    {"dynamic_library_path", never},
    {"local_preload_libraries", never},
    {"session_preload_libraries", never},
});

const GuardedSetting* find_guarded(std::string_view name) {
  const auto* found = std::ranges::find(kGuarded, name, &GuardedSetting::name);
  return found != kGuarded.end() ? found : nullptr;
}

// PostgreSQL's own names and aliases (common/encnames.c) as it compares them: letters and digits only, lower case.
// Left out are those that are not safe: BIG5, GBK, GB18030, JOHAB, SJIS, SHIFT_JIS_2004, UHC and their aliases.
constexpr auto kSafeEncodings = std::to_array<std::string_view>({
    "abc",         "alt",         "euccn",       "eucjis2004",  "eucjp",       "euckr",       "euctw",
    "iso88591",    "iso885910",   "iso885913",   "iso885914",   "iso885915",   "iso885916",   "iso88592",
    "iso88593",    "iso88594",    "iso88595",    "iso88596",    "iso88597",    "iso88598",    "iso88599",
    "koi8",        "koi8r",       "koi8u",       "latin1",      "latin10",     "latin2",      "latin3",
    "latin4",      "latin5",      "latin6",      "latin7",      "latin8",      "latin9",      "muleinternal",
    "sqlascii",    "tcvn",        "tcvn5712",    "unicode",     "utf8",        "vscii",       "win",
    "win1250",     "win1251",     "win1252",     "win1253",     "win1254",     "win1255",     "win1256",
    "win1257",     "win1258",     "win866",      "win874",      "windows1250", "windows1251", "windows1252",
    "windows1253", "windows1254", "windows1255", "windows1256", "windows1257", "windows1258", "windows866",
    "windows874",
});
static_assert(std::ranges::is_sorted(kSafeEncodings));

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

}  // namespace

bool is_ascii_safe_encoding(std::string_view encoding) {
  std::string cleaned = ascii_lower(encoding);
  std::erase_if(cleaned, [](char c) { return !is_letter_or_digit(c); });
  return std::ranges::binary_search(kSafeEncodings, std::string_view(cleaned));
}

bool is_guarded(const SettingChange& change) {
  if (change.kind == SettingChange::Kind::reset_all) return false;
  if (!change.name_known) return true;
  const GuardedSetting* guarded = find_guarded(ascii_lower(change.name));
  if (guarded == nullptr || change.kind == SettingChange::Kind::reset) return false;
  // Each of them takes one value.
  if (!change.values || change.values->size() != 1) return true;
  return !guarded->is_harmless(change.values->front());
}

bool is_guarded_startup_setting(std::string_view name, std::string_view value) {
  const GuardedSetting* guarded = find_guarded(ascii_lower(name));
  return guarded != nullptr && !guarded->is_harmless(value);
}

core::Status check_startup_setting(std::string_view name, std::string_view value, const Subject& subject,
                                   std::string_view database, const PolicySet& policies) {
  if (!is_guarded_startup_setting(name, value)) return {};
  const RuleMatch match = policies.view(subject, database).guarded_setting();
  if (match.allows() || policies.options().mode == PolicyMode::observe) return {};
  return setting_denied(ascii_lower(name), Ruling{.allowed = false, .match = match, .naming = Naming::object}, true);
}

}  // namespace sqlproxy::pipeline
