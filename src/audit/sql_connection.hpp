#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace sqlproxy::audit {

// A connection to the PostgreSQL server that keeps the events too; made by the composition root, as this layer knows no
// client library. Blocks its thread, each call for a bounded time. Used by one thread at a time.
//
// Errors: `sqlstate` is the server's own where the server has answered, class 08 where there is none to talk to; the
// message may quote data when the class is 22, 23 or P0.
class SqlConnection {
 public:
  using Row = std::vector<std::string>;  // in text form; a null is an empty string

  SqlConnection() = default;
  SqlConnection(const SqlConnection&) = delete;
  SqlConnection& operator=(const SqlConnection&) = delete;
  virtual ~SqlConnection() = default;

  // Connects anew, whatever state the connection is in. To be called before anything else, and after an error of a
  // query inside BEGIN.
  [[nodiscard]] virtual core::Status open() = 0;
  // One statement with its parameters $1, $2 ... in text form.
  [[nodiscard]] virtual core::Result<std::vector<Row>> query(const std::string& sql,
                                                             std::span<const std::string> values) = 0;
  // Statements of the simple protocol, one transaction together. `rows` goes to the COPY FROM STDIN among them.
  [[nodiscard]] virtual core::Status run(const std::string& script, std::string_view rows) = 0;
};

}  // namespace sqlproxy::audit
