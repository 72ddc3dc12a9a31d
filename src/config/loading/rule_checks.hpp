#pragma once

#include "config/loading/load_context.hpp"

namespace sqlproxy::config::loading {

// Reports the policy rules that can never fire, whatever a client sends: those that speak of statements which their
// kind of object never sees, those that repeat an earlier rule, and those that allow what a rule of the same height
// blocks. Requires: every section has been read.
void check_rules(LoadContext& context);

}  // namespace sqlproxy::config::loading
