#pragma once

#include <string_view>

#include "core/result.hpp"
#include "pipeline/analysis.hpp"
#include "pipeline/policy_set.hpp"
#include "pipeline/subject.hpp"

namespace sqlproxy::pipeline {

// True when the change would make the server read SQL otherwise than the proxy does, act as somebody else, or load code
// (contract, section 4): it needs a rule that lists SESSION by its own name.
//
// Not guarded: a return to the values of the login (RESET, DISCARD ALL, SET ROLE NONE, SET SESSION AUTHORIZATION
// DEFAULT), which poolers and drivers send all the time, and values that are harmless (standard_conforming_strings =
// on, client_encoding = UTF8 ...). Guarded: a value that is not a constant, a name that is not one.
[[nodiscard]] bool is_guarded(const SettingChange& change);

// The same for a setting among the start-up parameters or in their `options`. `name` may be in any case.
[[nodiscard]] bool is_guarded_startup_setting(std::string_view name, std::string_view value);

// Success, or the 42501 that ends the login: the setting is guarded, and no rule allows it. Success in observe mode.
[[nodiscard]] core::Status check_startup_setting(std::string_view name, std::string_view value, const Subject& subject,
                                                 std::string_view database, const PolicySet& policies);

// True for client encodings in which every byte below 0x80 stands for that ASCII character, in any spelling that
// PostgreSQL accepts. False for those where it may be part of a longer character, and for unknown names.
[[nodiscard]] bool is_ascii_safe_encoding(std::string_view encoding);

}  // namespace sqlproxy::pipeline
