#pragma once

#include "config/loading/fault_list.hpp"
#include "config/loading/toml.hpp"

namespace sqlproxy::config {

// Reports every key of the file whose feature this release does not have, so that nothing that an administrator relies
// on is silently left out.
void refuse_unbuilt(const toml::table& root, loading::FaultList& faults);

}  // namespace sqlproxy::config
