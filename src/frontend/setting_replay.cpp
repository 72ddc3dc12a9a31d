#include "frontend/setting_replay.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace sqlproxy::frontend {
namespace {

constexpr std::string_view kRole = "role";
constexpr std::string_view kSessionAuthorization = "session_authorization";
constexpr std::string_view kClientEncoding = "client_encoding";

bool is_identity(std::string_view name) {
  return name == kRole || name == kSessionAuthorization;
}

// Correct whatever standard_conforming_strings is.
std::string quote(std::string_view text) {
  std::string out = "E'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += c;
    out += c;
  }
  out += '\'';
  return out;
}

// One query that sets one setting after the other.
class Query {
 public:
  void set(std::string_view name, std::string_view value) { add(name, quote(value)); }
  void reset(std::string_view name) { add(name, "NULL"); }
  [[nodiscard]] bool empty() const { return text_.empty(); }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  void add(std::string_view name, std::string_view value) {
    text_ += text_.empty() ? "SELECT " : ", ";
    ((((text_ += "pg_catalog.set_config(") += quote(name)) += ", ") += value) += ", false)";
  }

  std::string text_;
};

// Calls `visit(name, value)` for what has to change; a null value is a return to the default.
template <typename Visit>
void each_difference(const backend::Settings& applied, const backend::Settings& wanted, const Visit& visit) {
  for (const backend::Setting& setting : applied) {
    if (find_setting(wanted, setting.name) == nullptr) visit(setting.name, nullptr);
  }
  for (const backend::Setting& setting : wanted) {
    const std::string* now = find_setting(applied, setting.name);
    if (now == nullptr || *now != setting.value) visit(setting.name, &setting.value);
  }
}

// FNV-1a.
std::uint64_t hash(std::uint64_t seed, std::string_view text) {
  for (const char c : text) seed = (seed ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  return (seed ^ 0xFFU) * 0x100000001B3U;
}

}  // namespace

const std::string* find_setting(const backend::Settings& settings, std::string_view name) {
  const auto found = std::ranges::find(settings, name, &backend::Setting::name);
  return found == settings.end() ? nullptr : &found->value;
}

std::vector<std::string> replay_queries(const backend::Settings& applied, const backend::Settings& wanted) {
  std::vector<std::string> queries;
  if (applied == wanted) return queries;
  // The server reads a query in the encoding of before it, so what the values are spelt in is set by itself.
  Query encoding;
  Query query;
  bool differs = false;
  each_difference(applied, wanted, [&](const std::string& name, const std::string* value) {
    differs = true;
    if (is_identity(name)) return;
    Query& where = name == kClientEncoding ? encoding : query;
    value != nullptr ? where.set(name, *value) : where.reset(name);
  });
  if (!differs) return queries;
  // What was set before SET ROLE may be beyond that role's rights: the login role sets everything, and leaves last.
  Query prelude;
  if (find_setting(applied, kRole) != nullptr) prelude.set(kRole, "none");
  if (find_setting(applied, kSessionAuthorization) != nullptr) prelude.reset(kSessionAuthorization);
  if (const std::string* user = find_setting(wanted, kSessionAuthorization)) query.set(kSessionAuthorization, *user);
  if (const std::string* role = find_setting(wanted, kRole)) query.set(kRole, *role);
  for (Query* each : {&prelude, &encoding, &query}) {
    if (!each->empty()) queries.push_back(each->take());
  }
  return queries;
}

bool replay_is_harmless(const backend::Settings& applied, const backend::Settings& wanted) {
  static constexpr std::array<std::string_view, 8> kTelling{
      kRole,          kSessionAuthorization,      kClientEncoding,        "search_path", "standard_conforming_strings",
      "row_security", "session_replication_role", "transform_null_equals"};
  bool harmless = true;
  each_difference(applied, wanted, [&](const std::string& name, const std::string* /*value*/) {
    harmless &= std::ranges::find(kTelling, name) == kTelling.end();
  });
  return harmless;
}

std::uint64_t settings_fingerprint(const backend::Settings& settings) {
  std::uint64_t sum = 0;
  for (const backend::Setting& setting : settings) {
    // What is set for reporting only makes no difference to any statement.
    if (setting.name == "application_name") continue;
    sum += hash(hash(0xCBF29CE484222325U, setting.name), setting.value);
  }
  return sum;
}

}  // namespace sqlproxy::frontend
