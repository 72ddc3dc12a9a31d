#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace sqlproxy::wire {

// A setting that a client gave in the `options` startup parameter.
struct CommandLineOption {
  std::string name;
  std::string value;
  friend bool operator==(const CommandLineOption&, const CommandLineOption&) = default;
};

// Reads the `options` startup parameter as PostgreSQL does (utils/init/postinit.c, pg_split_opts; tcop/postgres.c,
// process_postgres_switches; protocol.md 1.6.4): words between white space, where a backslash takes the next byte
// literally; `-c name=value` (one word or two) and `--name=value`, with dashes in the name read as underscores. In the
// order given, duplicates kept: the last one wins. 42601 for any other switch or word and for a setting without a
// value.
[[nodiscard]] core::Result<std::vector<CommandLineOption>> split_options(std::string_view options);

}  // namespace sqlproxy::wire
