#pragma once

#include "config/auth.hpp"
#include "config/loading/choice.hpp"

namespace sqlproxy::config::loading {

inline constexpr Choice<AuthMethod> kAuthMethods[] = {
    {"scram-sha-256", AuthMethod::scram_sha_256},
    {"md5", AuthMethod::md5},
    {"password", AuthMethod::password},
    {"cert", AuthMethod::cert},
    {"jwt", AuthMethod::jwt},
    {"ldap", AuthMethod::ldap},
    {"trust", AuthMethod::trust},
};

}  // namespace sqlproxy::config::loading
