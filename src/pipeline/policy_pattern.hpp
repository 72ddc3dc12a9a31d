#pragma once

#include <string_view>

namespace sqlproxy::pipeline {

// True when `name` is `pattern` with each '*' standing for any characters, also none. Linear in name × stars.
[[nodiscard]] bool matches_pattern(std::string_view pattern, std::string_view name);

// True for "*", "**" ...: a pattern that every name matches.
[[nodiscard]] bool matches_everything(std::string_view pattern);

}  // namespace sqlproxy::pipeline
