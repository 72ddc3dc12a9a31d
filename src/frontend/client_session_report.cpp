// What administrators see of a session.

#include <utility>

#include "frontend/client_session.hpp"
#include "net/peer_name.hpp"

namespace sqlproxy::frontend {

std::string_view name_of(ClientState state) {
  switch (state) {
    case ClientState::login: return "login";
    case ClientState::idle: return "idle";
    case ClientState::active: return "active";
    case ClientState::waiting: return "waiting";
    case ClientState::console: return "console";
  }
  return "login";
}

ClientState ClientSession::state() const {
  if (console_) return ClientState::console;
  if (waiting_since_ != core::TimePoint{}) return ClientState::waiting;
  if (!core_) return ClientState::login;
  return core_->server ? ClientState::active : ClientState::idle;
}

bool ClientSession::concerns(const backend::DatabaseFilter& filter) const {
  return core_ && filter.matches(lease_->request().key);
}

void ClientSession::for_each_prepared(const std::function<void(const PreparedStatement&)>& visit) const {
  if (!core_) return;
  core_->journal.statements().for_each([&](std::string_view /*name*/, const PreparedPtr& prepared) {
    if (prepared) visit(*prepared);
  });
}

core::Duration ClientSession::end_wait() {
  const auto since = std::exchange(waiting_since_, {});
  const auto waited = std::chrono::duration_cast<core::Duration>(core::SteadyClock::now() - since);
  meter_.count_wait(waited);
  return waited;
}

void ClientSession::count_login(const core::Error* fault) {
  if (fault == nullptr) return meter_.count_login(core_ || console_ ? LoginOutcome::ok : LoginOutcome::abandoned);
  const std::string_view kind = fault->sqlstate.error_class();
  if (fault->code == core::ErrorCode::closed) return meter_.count_login(LoginOutcome::abandoned);
  if (kind == "28" || kind == "42") return meter_.count_login(LoginOutcome::denied);
  if (kind == "53" || kind == "54") return meter_.count_login(LoginOutcome::limited);
  if (kind == "57" || kind == "08") return meter_.count_login(LoginOutcome::unavailable);
  meter_.count_login(LoginOutcome::refused);
}

ClientReport ClientSession::report() const {
  ClientReport report;
  report.id = id_;
  report.state = state();
  report.facts = core_ ? core_->journal.audit().session : facts_;
  const net::PeerName peer = net::remote_name(stream_.socket());
  report.address = peer.address;
  report.port = peer.port;
  const net::PeerName local = net::local_name(stream_.socket());
  report.local_address = local.address;
  report.local_port = local.port;
  report.connected_at = connected_at_;
  report.requested_at = connected_at_;
  report.closes = draining_;
  report.process_id = process_id_;
  if (waiting_since_ != core::TimePoint{}) {
    report.waiting = std::chrono::duration_cast<core::Duration>(core::SteadyClock::now() - waiting_since_);
  }
  if (console_) report.requested_at = console_->requested_at;
  if (!core_) return report;
  report.pool = lease_->request().key;
  if (handler_->arrival().wall != core::WallTime{}) report.requested_at = handler_->arrival().wall;
  report.server = core_->server ? core_->server->id() : 0;
  report.pins = lease_->pins();
  report.prepared_statements = core_->journal.statements().size();
  return report;
}

}  // namespace sqlproxy::frontend
