#pragma once

#include <optional>
#include <string>

namespace sqlproxy::config::loading {

// Why `pattern` cannot be used as a regular expression (RE2's syntax, over UTF-8); none: it can. Never quotes more of
// it than the part at fault.
[[nodiscard]] std::optional<std::string> pattern_fault(const std::string& pattern);

}  // namespace sqlproxy::config::loading
