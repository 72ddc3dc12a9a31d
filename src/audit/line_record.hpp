#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "audit/sink.hpp"

namespace sqlproxy::audit {

// What the trail's own bookkeeping needs of one stored line. The views point into the line.
struct LineRecord {
  std::uint64_t sequence = 0;
  std::string_view kind;
  std::string_view sub_type;   // empty where the kind has none
  std::uint64_t dropped = 0;   // kind overflow
  std::string_view prev_hash;  // 64 hexadecimal digits; empty: null, the line is not chained
  std::string_view hash;       // likewise
  std::string_view open_line;  // the line up to the comma before its hash member
  std::string_view end;        // what closes it behind that
  std::string_view native;     // the line in format `native`

  [[nodiscard]] bool chained() const { return !hash.empty(); }
  // The last line of a trail that was stopped gracefully.
  [[nodiscard]] bool is_stop() const { return kind == "admin" && sub_type == "audit_stop"; }
  [[nodiscard]] TrailPosition position() const { return {sequence, std::string(hash), is_stop()}; }
};

// Reads a line without its newline, in any of the formats; nothing when it is none: not valid JSON, a member of the
// trail's own missing, double or of the wrong form, or prev_hash and hash not the last two.
[[nodiscard]] std::optional<LineRecord> parse_line(std::string_view line);

}  // namespace sqlproxy::audit
