#pragma once

#include <string>
#include <vector>

#include "config/config.hpp"

namespace sqlproxy::config {

// The keys, as "server.listen", whose change from `running` to `loaded` only a restart can apply. Empty: a reload may
// apply `loaded` as it is.
[[nodiscard]] std::vector<std::string> restart_needed(const Config& running, const Config& loaded);

}  // namespace sqlproxy::config
