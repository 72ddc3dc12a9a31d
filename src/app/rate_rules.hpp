#pragma once

#include "config/config.hpp"
#include "pipeline/rate_limiter.hpp"

namespace sqlproxy::app {

// What a configuration says of rates, as the limiter takes it.
[[nodiscard]] pipeline::RateRules rate_rules(const config::Config& config);

}  // namespace sqlproxy::app
