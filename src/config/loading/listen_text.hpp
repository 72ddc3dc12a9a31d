#pragma once

#include <filesystem>
#include <string_view>

#include "config/listen_address.hpp"
#include "core/result.hpp"

namespace sqlproxy::config::loading {

// "host:port", "[v6]:port" or "unix:/directory:port"; a relative directory starts at `directory`. The error's message
// says what is wrong without repeating the text.
[[nodiscard]] core::Result<ListenAddress> parse_listen(std::string_view text, const std::filesystem::path& directory);

}  // namespace sqlproxy::config::loading
