// What a client has left on its server connection: asked when a transaction has ended, and what follows from it.

#include <algorithm>
#include <string_view>
#include <utility>

#include "frontend/server_lease.hpp"
#include "frontend/setting_replay.hpp"

namespace sqlproxy::frontend {
namespace {

constexpr std::string_view kApplicationName = "application_name";

// For as long code that a pinned client runs may have ended the pin, and nobody asks.
constexpr std::chrono::milliseconds kProbePause{100};

}  // namespace

bool ServerLease::may_put_off_probe(pipeline::EffectFlags left) {
  constexpr unsigned kNotForLong = bit(Pin::channels) | bit(Pin::unknown);
  const bool tells_more = left.ends_state || left.names || left.settings || left.listens;
  if (pins_ == 0 || (pins_ & kNotForLong) != 0 || tells_more || std::exchange(probe_due_, false)) return false;
  if (!put_off_.armed()) put_off_.arm(kProbePause);
  return true;
}

void ServerLease::send_probe() {
  put_off_.disarm();
  probing_ = true;
  probe_failed_ = false;
  probed_.reset();
  const bool temporary_schema = core_.server->state().temporary_schema;
  probed_parts_ = pipeline::probe_parts(std::exchange(core_.journal.left_behind(), {}), temporary_schema);
  send_own(OwnQuery::probe, pipeline::probe_query(probed_parts_, core_.journal.custom_settings()));
  probed_group_ = core_.tracker.current_group();
}

void ServerLease::apply(const pipeline::ProbedState& state) {
  if (probed_parts_.settings) take_settings(state);
  if (core_.tracker.empty()) core_.settings_unsettled = false;
  unsigned pins = pins_ & bit(Pin::lasting);
  if (!probed_parts_.advisory_locks) pins |= pins_ & bit(Pin::advisory_locks);
  if (state.temporary_objects) pins |= bit(Pin::temporary_objects);
  if (has_unseen_names(state)) pins |= bit(Pin::prepared_names);
  if (state.temporary_schema && !probed_parts_.temporary_objects) {
    // The first time on this connection: what is in it has to be asked for.
    core_.server->state().temporary_schema = true;
    core_.journal.left_behind().temporary = true;
  }
  if (state.session_advisory_locks) pins |= bit(Pin::advisory_locks);
  if (state.held_cursors) pins |= bit(Pin::held_cursors);
  if (!state.listening.empty()) pins |= bit(Pin::channels);
  listening_ = state.listening;
  pins_ = pins;
}

// Statements that code has PREPAREd which nobody has read.
bool ServerLease::has_unseen_names(const pipeline::ProbedState& state) {
  backend::ServerStatements& known = core_.server->statements();
  return std::ranges::any_of(state.sql_statements,
                             [&](const std::string& name) { return known.find(name).value == nullptr; });
}

void ServerLease::take_settings(const pipeline::ProbedState& state) {
  backend::Settings& wanted = core_.wanted;
  wanted.clear();
  for (const auto& [name, value] : state.settings) wanted.push_back({name, value});
  // One that was reset is an empty text ever after, which is what a connection shows that never had it.
  for (const auto& [name, value] : state.custom_settings) {
    if (!value.empty()) wanted.push_back({name, value});
  }
  if (state.session_authorization != request_.target->user) {
    wanted.push_back({"session_authorization", state.session_authorization});
  }
  if (state.role != "none") wanted.push_back({"role", state.role});
  core_.server->state().applied = wanted;
  // The connection was opened without it, so RESET has taken away what the client had from its login.
  if (!core_.login_application_name.empty() && find_setting(wanted, kApplicationName) == nullptr) {
    wanted.push_back({std::string(kApplicationName), core_.login_application_name});
  }
  // By code that nobody has read. The server refuses to change it once there have been temporary tables.
  if (find_setting(wanted, "temp_buffers") != nullptr) {
    pins_ |= bit(Pin::lasting);
    pool_.retire(*core_.server);
  }
  accepted_.add(core_.route->name, wanted);
  note_fingerprint();
}

}  // namespace sqlproxy::frontend
