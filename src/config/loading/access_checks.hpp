#pragma once

#include "config/loading/load_context.hpp"
#include "config/loading/table_reader.hpp"

namespace sqlproxy::config::loading {

// Reports what keeps clients out, or lets them in too easily, as [server.tls], [auth] and [[users]] say it together.
// `root` is the whole file, for the places. Requires: every section has been read.
void check_access(const toml::table& root, LoadContext& context);

}  // namespace sqlproxy::config::loading
