#pragma once

#include <string>
#include <utility>

#include "core/sqlstate.hpp"

namespace sqlproxy::core {

// Who or what is at fault, for code that has to decide and not only to report.
enum class ErrorCode {
  invalid_input,   // a peer, a file or a user gave something malformed or refused
  unsupported,     // understood, but not provided
  denied,          // authentication or policy
  limit_exceeded,  // a bound of ours was reached
  timeout,         // a deadline of ours passed
  closed,          // the peer ended the connection
  network,         // the operating system or TLS reported a failure
  unavailable,     // a dependency (server, file, sink) cannot be used now
  internal,        // a fault of the proxy
};

// What went wrong, in the form that clients, logs and the audit are told.
//
// Texts follow PostgreSQL's error style guide: `message` is lower-case, one line, without a full stop;
// `detail` and `hint` are whole sentences. None of them ever holds a literal, a value or a secret.
struct Error {
  ErrorCode code = ErrorCode::internal;
  SqlState sqlstate = sqlstate::kInternalError;
  std::string message;
  std::string detail;
  std::string hint;
  // Cursor position in characters from 1 in the query text, for syntax errors; 0: none.
  int position = 0;
};

[[nodiscard]] inline Error make_error(ErrorCode code, SqlState sqlstate, std::string message, std::string detail = {},
                                      std::string hint = {}) {
  return Error{code, sqlstate, std::move(message), std::move(detail), std::move(hint), 0};
}

}  // namespace sqlproxy::core
