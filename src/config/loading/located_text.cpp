#include "config/loading/located_text.hpp"

#include <cstdlib>
#include <fstream>
#include <utility>

#include "config/loading/toml_document.hpp"
#include "core/log.hpp"

namespace sqlproxy::config::loading {

namespace {

// A password or a token, not a document.
constexpr std::size_t kMaxSecretFileBytes = 64 * 1024;
constexpr std::size_t kMaxShownBytes = 100;

std::optional<core::Secret> read_environment(const std::string& name, Place place, FaultList& faults) {
  // Read while the configuration is loaded, by one thread; nothing in the process changes its environment.
  const char* const value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe)
  if (value == nullptr) {
    faults.fault(place, "the environment variable " + in_quotes(name) + " is not set");
    return std::nullopt;
  }
  return core::Secret(value);
}

std::optional<core::Secret> read_secret_file(const std::filesystem::path& path, Place place, FaultList& faults) {
  const std::string name = in_quotes(path.string());
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    faults.fault(place, "the file " + name + (error ? " does not exist" : " is not a regular file"));
    return std::nullopt;
  }
  std::ifstream file(path, std::ios::binary);
  std::string content(kMaxSecretFileBytes + 1, '\0');
  file.read(content.data(), static_cast<std::streamsize>(content.size()));
  if (file.bad() || !file.is_open()) {
    core::secure_zero(content.data(), content.size());
    faults.fault(place, "the file " + name + " cannot be read");
    return std::nullopt;
  }
  const auto size = static_cast<std::size_t>(file.gcount());
  if (size > kMaxSecretFileBytes) {
    core::secure_zero(content.data(), content.size());
    faults.fault(place, "the file " + name + " is longer than " + std::to_string(kMaxSecretFileBytes) + " bytes");
    return std::nullopt;
  }
  content.resize(size);
  if (content.ends_with('\n')) content.pop_back();
  if (content.ends_with('\r')) content.pop_back();
  core::Secret secret(content);
  core::secure_zero(content.data(), content.size());
  return secret;
}

}  // namespace

std::string safe_name(std::string_view name) {
  return core::log_safe(name, kMaxShownBytes);
}

std::string in_quotes(std::string_view name) {
  return '"' + safe_name(name) + '"';
}

std::string LocatedText::shown() const {
  return origin_.empty() ? in_quotes(text()) : origin_;
}

std::optional<LocatedText> LocatedText::read(const toml::node& node, const std::string& what,
                                             const std::filesystem::path& directory, FaultList& faults) {
  const Place place = place_of(node);
  if (const auto* const value = node.as_string()) return LocatedText(core::Secret(value->get()), place, {});

  const toml::table* const table = node.as_table();
  if (table == nullptr) {
    faults.fault(place, what + " must be a string, not " + std::string(type_with_article(node)));
    return std::nullopt;
  }
  const auto* const env = table->get_as<std::string>("env");
  const auto* const file = table->get_as<std::string>("file");
  if (table->size() != 1 || (env == nullptr && file == nullptr)) {
    faults.fault(place, what + R"( must be a string, { env = "NAME" } or { file = "PATH" })");
    return std::nullopt;
  }
  if (env != nullptr) {
    auto value = read_environment(env->get(), place, faults);
    if (!value) return std::nullopt;
    return LocatedText(*std::move(value), place, "the value of the environment variable " + in_quotes(env->get()));
  }
  auto value = read_secret_file(directory / file->get(), place, faults);
  if (!value) return std::nullopt;
  return LocatedText(*std::move(value), place, "the content of the file " + in_quotes(file->get()));
}

}  // namespace sqlproxy::config::loading
