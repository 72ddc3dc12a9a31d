#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace spdlog {
class logger;
}

namespace sqlproxy::core {

enum class LogFormat { text, json };
enum class LogLevel { debug, info, warning, error };

// Points the process's log at stderr. Call once, before the first thread starts. Before that (and in tests) messages
// of level warning and above go to stderr as text.
void configure_logging(LogFormat format, LogLevel level);

// The process's logger; thread-safe. Include <spdlog/spdlog.h> to write with it. Nothing that is logged may hold SQL
// literals, row data or secrets; bytes from a peer pass log_safe() first.
[[nodiscard]] spdlog::logger& log();

// `text` cut to `limit` bytes, with control characters and bytes above 0x7E as \xNN, for putting a peer's bytes into a
// log line.
[[nodiscard]] std::string log_safe(std::string_view text, std::size_t limit = 200);

}  // namespace sqlproxy::core
