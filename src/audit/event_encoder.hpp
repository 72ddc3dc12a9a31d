#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "audit/event.hpp"
#include "audit/fragment_cache.hpp"
#include "audit/line_format.hpp"

namespace sqlproxy::audit {

// Bounds on what one member of a line may take, so that a line has a bound however hostile the text of a client is.
// What is longer is cut with a mark (append_json_string).
inline constexpr std::size_t kMaxNameBytes = 256;         // identifiers, users, addresses, tags
inline constexpr std::size_t kMaxTextBytes = 4096;        // reasons and errors
inline constexpr std::size_t kMaxSqlBytes = 1024 * 1024;  // the default of server.max_query_size
inline constexpr std::size_t kMaxListItems = 5000;        // tables, columns, functions, roles, classifications

// Writes events as lines (docs/audit.md). What it remembers of earlier events changes nothing but the time it takes.
// Not thread-safe.
class EventEncoder {
 public:
  explicit EventEncoder(std::string node_id, LineFormat format = LineFormat::native)
      : node_id_(std::move(node_id)), format_(format) {}

  [[nodiscard]] LineFormat format() const { return format_; }
  void set_format(LineFormat format) { format_ = format; }

  // Appends the line up to and without its prev_hash member: an object that is still open, or two.
  void append(std::string& out, const Event& event, std::uint64_t sequence);

 private:
  std::string node_id_;
  LineFormat format_;
  // By SessionFacts and by StatementFacts.
  std::unique_ptr<FragmentCache> sessions_ = std::make_unique<FragmentCache>();
  std::unique_ptr<FragmentCache> statements_ = std::make_unique<FragmentCache>();
};

}  // namespace sqlproxy::audit
