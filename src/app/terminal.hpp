#pragma once

#include <optional>
#include <string_view>

#include "core/secret.hpp"

namespace sqlproxy::app {

// True when a person types at stdin.
[[nodiscard]] bool stdin_is_terminal();

// Writes `prompt` to the terminal and reads a line from stdin without showing it. Nothing at the end of the input or
// when the terminal fails; a signal that ends the process does so with the terminal as it was. Requires:
// stdin_is_terminal(), and no other threads.
[[nodiscard]] std::optional<core::Secret> read_hidden_line(std::string_view prompt);

}  // namespace sqlproxy::app
