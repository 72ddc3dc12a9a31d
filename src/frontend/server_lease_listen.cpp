// Who listens for a client: its server connection during a transaction, the NotificationHub between two.

#include <spdlog/spdlog.h>

#include <utility>

#include "core/log.hpp"
#include "frontend/server_lease.hpp"
#include "frontend/setting_replay.hpp"

namespace sqlproxy::frontend {

using Condition = backend::ServerPool::Condition;

net::Task<std::optional<backend::LoginFailure>> ServerLease::take_back(const std::vector<std::string>& queries) {
  SessionNotifications& notifications = *core_.notifications;
  // The end of the last hand-over: the hub's part of it may still be on its way.
  while (notifications.crossing() && may_wait()) co_await core_.changed.wait();
  if (!may_wait()) {
    let_go(core_.server->closed() ? Condition::broken : Condition::shared);
    co_return server_connection_lost();
  }
  // First of all the settings: behind a value that the server refuses there must be no marker.
  if (!queries.empty()) {
    if (auto refused = co_await prepare(queries)) co_return refused;
  }
  auto fault = co_await prepare({notifications.take_back(), notifications.leave_sync_channel()});
  while (!fault && notifications.crossing() && may_wait()) co_await core_.changed.wait();
  if (!fault && notifications.crossing()) {
    let_go(core_.server->closed() ? Condition::broken : Condition::clean);
    fault = server_connection_lost();
  }
  if (fault) {
    notifications.cancel_crossing();
    co_return fault;
  }
  set_pins(pins_ | bit(Pin::channels));
  listening_ = notifications.channels();
  co_return std::nullopt;
}

void ServerLease::hand_over() {
  SessionNotifications& notifications = core_.need_notifications();
  if (hand_over_ == HandOver::marked) {
    hand_over_ = HandOver::leaving;
    return send_own(OwnQuery::hand_over, "UNLISTEN *");
  }
  if (refused_group_ == core_.tracker.current_group()) return;
  const std::string* encoding = core_.reported.find("client_encoding");
  notifications.subscribe(listening_, encoding != nullptr ? *encoding : "UTF8");
  if (!notifications.confirmed()) return;
  core_.handing_over = true;
  hand_over_ = HandOver::marking;
  hand_over_failed_ = false;
  send_own(OwnQuery::hand_over, notifications.hand_over());
}

void ServerLease::end_of_hand_over() {
  if (hand_over_ == HandOver::leaving) {
    hand_over_ = HandOver::none;
    // Both would deliver.
    if (hand_over_failed_) return core_.server->close();
    pins_ &= ~bit(Pin::channels);
    listening_.clear();
    return;
  }
  if (hand_over_failed_) {
    core_.notifications->cancel_crossing();
    hand_over_ = HandOver::none;
    core_.handing_over = false;
    refused_group_ = core_.tracker.current_group();
    return;
  }
  hand_over_ = HandOver::marked;
  // A session hears itself before its ReadyForQuery.
  if (core_.notifications->server_is_done()) return;
  core::log().error("a server did not deliver a notification of its own; closing the connection");
  core_.server->close();
}

}  // namespace sqlproxy::frontend
