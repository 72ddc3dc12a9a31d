#pragma once

#include <span>
#include <string_view>

namespace sqlproxy::config::loading {

// The candidate with the smallest edit distance to `word` (the first of several); empty when there are no candidates.
[[nodiscard]] std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace sqlproxy::config::loading
