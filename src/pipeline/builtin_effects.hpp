#pragma once

#include <string_view>

#include "pipeline/catalog_objects.hpp"
#include "pipeline/effect_flags.hpp"

namespace sqlproxy::pipeline {

// What a call of the function may leave behind on the connection. Functions of pg_catalog are told by the reviewed
// lists in builtin_effects.cpp; a volatile one that is on neither is opaque. Of the others only those count as
// computing that an extension brings, compiled and immutable; the rest is opaque.
//
// set_config has `settings`: what it sets is in the Statement.
[[nodiscard]] EffectFlags function_effects(const CatalogFunction& function);

// The lists themselves, for a test that walks a server's pg_proc: whether a volatile function of that name was
// reviewed.
[[nodiscard]] bool is_reviewed_builtin(std::string_view name);

}  // namespace sqlproxy::pipeline
