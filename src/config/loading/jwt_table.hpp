#pragma once

#include <optional>

#include "config/jwt.hpp"
#include "config/loading/table_reader.hpp"

namespace sqlproxy::config::loading {

// Reads [auth.jwt], the table `jwt` of `auth`. What is in the files is not looked at.
void load_jwt(TableReader& auth, std::optional<Jwt>& out);

}  // namespace sqlproxy::config::loading
