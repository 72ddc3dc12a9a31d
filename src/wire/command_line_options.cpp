#include "wire/command_line_options.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace sqlproxy::wire {
namespace {

// isspace() of the C locale, in which PostgreSQL reads this string.
bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

std::vector<std::string> split_words(std::string_view options) {
  std::vector<std::string> words;
  std::size_t at = 0;
  while (true) {
    while (at < options.size() && is_space(options[at])) ++at;
    if (at == options.size()) return words;
    std::string word;
    for (; at < options.size() && !is_space(options[at]); ++at) {
      if (options[at] != '\\') {
        word.push_back(options[at]);
      } else if (at + 1 < options.size()) {
        word.push_back(options[++at]);
      }
    }
    words.push_back(std::move(word));
  }
}

core::Error invalid_argument(std::string message) {
  return core::make_error(core::ErrorCode::invalid_input, core::sqlstate::kSyntaxError, std::move(message));
}

core::Error unknown_argument() {
  return invalid_argument("invalid command-line argument for server process");
}

// "name=value", as it follows `-c` or `--`.
core::Result<CommandLineOption> parse_assignment(std::string_view text, std::string_view option) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return invalid_argument(std::string(option) + " requires a value");
  if (equals == 0) return unknown_argument();
  CommandLineOption setting{std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
  std::ranges::replace(setting.name, '-', '_');
  return setting;
}

}  // namespace

core::Result<std::vector<CommandLineOption>> split_options(std::string_view options) {
  const std::vector<std::string> words = split_words(options);
  std::vector<CommandLineOption> settings;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    std::optional<core::Result<CommandLineOption>> setting;
    if (word == "--") {
      // Ends the switches, as for getopt(3); nothing may follow.
      if (i + 1 == words.size()) break;
      return unknown_argument();
    }
    if (word.starts_with("--")) {
      setting = parse_assignment(word.substr(2), "command-line switch");
    } else if (word == "-c") {
      if (++i == words.size()) return unknown_argument();
      setting = parse_assignment(words[i], "-c");
    } else if (word.starts_with("-c")) {
      setting = parse_assignment(word.substr(2), "-c");
    } else {
      return unknown_argument();
    }
    if (!*setting) return std::move(*setting).error();
    settings.push_back(std::move(**setting));
  }
  return settings;
}

}  // namespace sqlproxy::wire
