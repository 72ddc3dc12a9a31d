#pragma once

#include "backend/server_target.hpp"
#include "pipeline/analysis.hpp"

namespace sqlproxy::frontend {

// Takes out of `wanted` what a text gives up that is one statement and cannot fail: RESET, SET ... TO DEFAULT, SET ROLE
// NONE, RESET ALL, DISCARD ALL. So a client for which no server connection can be prepared, because the server refuses
// one of its settings by now (a role that was dropped), gets one for this statement. Returns whether anything was taken
// out. What the session's settings are then, the server is asked afterwards.
bool give_up_settings(const pipeline::Analysis& analysis, backend::Settings& wanted);

}  // namespace sqlproxy::frontend
