#pragma once

#include "config/loading/load_context.hpp"

namespace sqlproxy::config::loading {

// Reports the policy rules that can never fire, whatever a client sends: those that speak of statements which their
// kind of object never sees, or of nobody that there is; those that repeat an earlier rule; and those for which others
// always decide: blocks of the same height, and rules that are more specific in every database that there is.
// Requires: every section has been read.
void check_rules(LoadContext& context);

}  // namespace sqlproxy::config::loading
