#include "config/load.hpp"

#include <fstream>
#include <optional>
#include <string>

#include "config/loading/access_checks.hpp"
#include "config/loading/references.hpp"
#include "config/loading/rule_checks.hpp"
#include "config/loading/sections.hpp"
#include "config/loading/toml_document.hpp"
#include "config/unbuilt.hpp"

namespace sqlproxy::config {

namespace {

using loading::FaultList;
using loading::LoadContext;
using loading::TableReader;

LoadResult result_of(FaultList& faults, std::optional<Config> config) {
  LoadResult result{nullptr, faults.faults(), faults.dead_rules(), faults.warnings()};
  if (result.faults.empty() && config) result.config = std::make_shared<const Config>(*std::move(config));
  return result;
}

void load_sections(const toml::table& document, LoadContext& context) {
  TableReader root(document, {}, context);
  loading::load_server(root, context);
  loading::load_auth(root, context);
  loading::load_users(root, context);
  loading::load_databases(root, context);
  loading::load_tenants(root, context);
  loading::load_limits(root, context);
  loading::load_policy(root, context);
  loading::load_classification(root, context);
  loading::load_audit(root, context);
  loading::load_admin(root, context);
  root.finish();
}

void check_whole(const toml::table& document, LoadContext& context) {
  loading::check_references(context);
  loading::check_access(document, context);
  loading::check_rules(context);
  refuse_unbuilt(document, context.faults);
  if (context.config.databases.empty())
    context.faults.warn({}, "no [databases.NAME] is configured: there is nothing to connect to");
  if (context.config.users.empty() && !context.config.has_passthrough()) {
    context.faults.warn({}, "no [[users]] are configured: nobody can log in");
  }
}

// The bytes of the file, one more than are allowed at most (so that too long shows); nothing when it cannot be read.
std::optional<std::string> read_file(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return std::nullopt;
  std::ifstream file(path, std::ios::binary);
  if (!file.is_open()) return std::nullopt;
  std::string text;
  std::string chunk(std::size_t{64} * 1024, '\0');
  while (file && text.size() <= loading::kMaxFileBytes) {
    file.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
    text.append(chunk, 0, static_cast<std::size_t>(file.gcount()));
  }
  if (file.bad()) return std::nullopt;
  return text;
}

}  // namespace

LoadResult load_config_text(std::string_view text, const std::filesystem::path& path) {
  FaultList faults(path.string());
  const auto document = loading::parse_toml(text, faults);
  if (!document) return result_of(faults, std::nullopt);

  LoadContext context{faults, std::filesystem::absolute(path).parent_path(), {}, {}, {}};
  load_sections(*document, context);
  check_whole(*document, context);
  return result_of(faults, std::move(context.config));
}

LoadResult load_config(const std::filesystem::path& path) {
  const auto text = read_file(path);
  if (!text) {
    FaultList faults(path.string());
    faults.fault({}, "the file cannot be read");
    return result_of(faults, std::nullopt);
  }
  return load_config_text(*text, path);
}

}  // namespace sqlproxy::config
