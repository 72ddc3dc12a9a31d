#pragma once

#include "config/loading/load_context.hpp"

namespace sqlproxy::config::loading {

// Reports the references that lead nowhere. Requires: every section has been read.
void check_references(LoadContext& context);

}  // namespace sqlproxy::config::loading
