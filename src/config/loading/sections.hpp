#pragma once

#include "config/loading/load_context.hpp"
#include "config/loading/table_reader.hpp"

namespace sqlproxy::config::loading {

// One function for each section of the file: fills in its part of context.config and reports what does not fit. `root`
// is the whole file. Each looks at its own section only; what crosses sections is left to check_references() and its
// like.
void load_server(TableReader& root, LoadContext& context);
void load_auth(TableReader& root, LoadContext& context);
void load_users(TableReader& root, LoadContext& context);
void load_databases(TableReader& root, LoadContext& context);
void load_tenants(TableReader& root, LoadContext& context);
void load_limits(TableReader& root, LoadContext& context);
void load_policy(TableReader& root, LoadContext& context);
void load_classification(TableReader& root, LoadContext& context);
void load_audit(TableReader& root, LoadContext& context);
void load_admin(TableReader& root, LoadContext& context);

}  // namespace sqlproxy::config::loading
