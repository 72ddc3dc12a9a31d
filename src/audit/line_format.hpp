#pragma once

#include <string_view>

namespace sqlproxy::audit {

// [audit.file] format. Lines of the two schemas hold the whole line of format `native` as one of their members: what a
// reader of the trail needs stands there, prev_hash and hash last.
enum class LineFormat {
  native,
  ocsf,  // Datastore Activity (6005) of OCSF 1.3.0
  ecs,   // Elastic Common Schema 8.11.0
};

// The member of a line that holds the native line; empty: the line itself is one.
[[nodiscard]] constexpr std::string_view native_member(LineFormat format) {
  switch (format) {
    case LineFormat::native: return {};
    case LineFormat::ocsf: return "unmapped";
    case LineFormat::ecs: return "sql_proxy";
  }
  return {};
}

// What each line begins with.
[[nodiscard]] constexpr std::string_view line_begin(LineFormat format) {
  switch (format) {
    case LineFormat::native: return R"({"event_id":")";
    case LineFormat::ocsf: return R"({"activity_id":)";
    case LineFormat::ecs: return R"({"@timestamp":")";
  }
  return {};
}

// What ends a line.
[[nodiscard]] constexpr std::string_view line_end(LineFormat format) {
  return format == LineFormat::native ? "}" : "}}";
}

}  // namespace sqlproxy::audit
