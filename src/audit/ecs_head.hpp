#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "audit/event.hpp"

namespace sqlproxy::audit {

// Appends the members that an event has in the Elastic Common Schema 8.11.0, as an object that is still open
// (docs/audit.md, "ECS").
void append_ecs_head(std::string& out, const Event& event, std::uint64_t sequence, std::string_view node_id);

}  // namespace sqlproxy::audit
