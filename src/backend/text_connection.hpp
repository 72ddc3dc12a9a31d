#pragma once

#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "backend/connection_parameters.hpp"
#include "core/result.hpp"

namespace sqlproxy::backend {

// A ControlConnection for the layers above, which know no libpq: what it gives is text. Blocks its thread, each call
// for at most half a minute; a stop makes calls return soon. Used by one thread at a time.
//
// Errors: `sqlstate` and message are the server's own where it has answered a query (the message may quote data), else
// kConnectionFailure.
class TextConnection {
 public:
  using Row = std::vector<std::string>;  // a null is an empty string

  TextConnection(ConnectionParameters parameters, std::stop_token stop);
  ~TextConnection();

  // Connects anew. To be called before anything else.
  [[nodiscard]] core::Status open();
  // See ControlConnection::query() and run().
  [[nodiscard]] core::Result<std::vector<Row>> query(const std::string& sql, std::span<const std::string> values);
  [[nodiscard]] core::Status run(const std::string& script, std::string_view copied);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sqlproxy::backend
