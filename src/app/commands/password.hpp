#pragma once

#include <istream>
#include <ostream>

namespace sqlproxy::app {

// `sql-proxy password`: prints the SCRAM-SHA-256 verifier of a password. Returns the exit code.

// Asks for it twice at the terminal, without showing it.
[[nodiscard]] int password_from_terminal(std::ostream& out, std::ostream& err);

// Reads it from the first line of `in`.
[[nodiscard]] int password_from_stream(std::istream& in, std::ostream& out, std::ostream& err);

}  // namespace sqlproxy::app
