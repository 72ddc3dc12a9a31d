#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/load.hpp"

namespace sqlproxy::config::test {

// A verifier of sound form, of no known password.
inline constexpr std::string_view kVerifier =
    "SCRAM-SHA-256$4096:"
    "AAECAwQFBgcICQoLDA0ODw==$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

// Loads `text` as the file "t.toml".
inline LoadResult load(std::string_view text) {
  return load_config_text(text, "t.toml");
}

// "LINE:COL: message", without the file's name.
inline std::vector<std::string> texts(const std::vector<Fault>& faults) {
  std::vector<std::string> out;
  for (const Fault& fault : faults) {
    out.push_back(std::to_string(fault.line) + ':' + std::to_string(fault.column) + ": " + fault.message);
  }
  return out;
}

// What `check` refuses.
inline std::vector<std::string> faults_of(std::string_view text) {
  const LoadResult result = load(text);
  std::vector<std::string> out = texts(result.faults);
  for (std::string& rule : texts(result.dead_rules)) out.push_back(std::move(rule));
  return out;
}
inline std::vector<std::string> warnings_of(std::string_view text) {
  return texts(load(text).warnings);
}

}  // namespace sqlproxy::config::test
