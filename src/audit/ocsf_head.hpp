#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "audit/event.hpp"

namespace sqlproxy::audit {

// Appends the members that an event has as Datastore Activity (class_uid 6005) of OCSF 1.3.0 with the profile
// security_control, as an object that is still open (docs/audit.md, "OCSF").
void append_ocsf_head(std::string& out, const Event& event, std::uint64_t sequence, std::string_view node_id);

}  // namespace sqlproxy::audit
