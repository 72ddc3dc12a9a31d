#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sqlproxy::audit {

// An event on its way into a table.
struct EventRow {
  std::uint64_t sequence = 0;
  std::string event_id;
  std::string timestamp;  // RFC 3339, UTC
  std::string event;      // the native line as JSON that jsonb takes

  // "2026-11-20", the partition that the row belongs to.
  [[nodiscard]] std::string_view day() const { return std::string_view(timestamp).substr(0, 10); }
};

// From the native form of a line (LineRecord::native); nothing when it lacks what an event must have. jsonb has no
// U+0000: it becomes U+FFFD.
[[nodiscard]] std::optional<EventRow> make_event_row(std::uint64_t sequence, std::string_view native);

// The same JSON with every character beyond ASCII as "?", for a database whose encoding does not have them.
[[nodiscard]] std::string ascii_json(std::string_view json);

// Appends `value` as COPY's text format wants it.
void append_copy_text(std::string& out, std::string_view value);

}  // namespace sqlproxy::audit
