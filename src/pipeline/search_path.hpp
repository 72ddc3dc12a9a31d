#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sqlproxy::pipeline {

// Reads the text form of a search_path ('"$user", public') into schema names, as PostgreSQL does
// (utils/adt/varlena.c, SplitIdentifierString): names are folded unless quoted and cut to 63 bytes. None for text that
// PostgreSQL refuses.
[[nodiscard]] std::optional<std::vector<std::string>> parse_search_path(std::string_view text);

}  // namespace sqlproxy::pipeline
