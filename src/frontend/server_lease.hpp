#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "backend/server_pool.hpp"
#include "core/rare.hpp"
#include "frontend/accepted_settings.hpp"
#include "frontend/output_batch.hpp"
#include "frontend/own_queries.hpp"
#include "frontend/pin.hpp"
#include "frontend/reply_relay.hpp"
#include "frontend/session_core.hpp"
#include "net/deadline.hpp"
#include "pipeline/state_probe.hpp"

namespace sqlproxy::frontend {

// The connection ended before anything was sent on it: another one may do.
[[nodiscard]] backend::LoginFailure server_connection_lost();

// A session's hold on a server connection. In transaction pooling it lasts from the first message of a transaction to
// the ReadyForQuery that ends it, and longer only while the client has something on the connection that cannot follow
// it. Between two clients stand: the replay of the client's settings at the beginning, and at the end, if a statement
// may have left something behind, a query that reads what that is (protocol.md, 7.3 and 7.4).
//
// Owned by the session; worker's thread only.
class ServerLease final : private OwnQueryObserver {
 public:
  // `core`, `relay` and `pool` outlive the lease. `accepted` and `deadlines` are the worker's.
  ServerLease(SessionCore& core, ReplyRelay& relay, backend::ServerPool& pool, AcceptedSettings& accepted,
              net::DeadlineQueue& deadlines, backend::LeaseRequest request, bool whole_session);
  // What to ask the pool for at login, before there is a session that could own a lease.
  [[nodiscard]] static backend::LeaseRequest request_for(backend::LeaseRequest request, bool whole_session);
  ServerLease(const ServerLease&) = delete;
  ServerLease& operator=(const ServerLease&) = delete;
  ~ServerLease() override;

  // The session holds a connection that takes the client's messages.
  [[nodiscard]] bool ready() const { return core_.server != nullptr && !settling_; }
  // Takes a connection if there is one at hand. What has to be sent to it first is put to the end of `to_server`.
  [[nodiscard]] bool try_acquire(OutputBatch& to_server);
  // Takes a connection, waiting for it if need be. Returns why there is none to be had, or none on which the
  // client's settings can be set.
  [[nodiscard]] net::Task<std::optional<backend::LoginFailure>> acquire();
  // The last acquire() or adopt() has failed because a server refused one of the client's settings.
  [[nodiscard]] bool settings_refused() const { return settings_refused_; }
  // Goes on with a connection that was leased otherwise, at login.
  [[nodiscard]] net::Task<std::optional<backend::LoginFailure>> adopt(backend::ServerPool::ConnectionPtr connection);
  // Ends an acquire() that waits, with `error`. False when none does.
  bool abort_wait(core::Error error);

  // Nothing is under way between client and server: ends the lease, or finds out whether it may end.
  void on_idle();
  // on_idle() would end the lease at once, so the connection is not missed if it is lost.
  [[nodiscard]] bool is_spare();
  // The session ends. `condition` is how it leaves the connection as far as messages go.
  void end(backend::ServerPool::Condition condition);

  // For what a newer configuration says of the pool.
  [[nodiscard]] backend::LeaseRequest& request() { return request_; }

  // A set of Pin.
  [[nodiscard]] unsigned pins() const { return pins_; }
  [[nodiscard]] const backend::LeaseRequest& request() const { return request_; }

 private:
  void on_own_row(OwnQuery query, std::string_view body) override;
  void on_own_error(OwnQuery query, std::string_view body) override;
  void on_own_end(OwnQuery query) override;

  void take(backend::ServerPool::ConnectionPtr connection);
  [[nodiscard]] std::vector<std::string> preparation() const;
  [[nodiscard]] bool may_send_ahead() const;
  void push(OwnQuery query, std::string_view text, std::string& out);
  // Whatever has to be awaited before the client's messages may be sent.
  [[nodiscard]] net::Task<std::optional<backend::LoginFailure>> make_ready();
  [[nodiscard]] net::Task<std::optional<backend::LoginFailure>> prepare(const std::vector<std::string>& queries);
  void prepared();
  // What the client has not been told of the connection's parameters.
  void report_parameters();
  // The connection is as the client wants it.
  void note_prepared(backend::ConnectionState& state) const;
  // A connection that is pinned stays with its client, which need not wait for what the probe would tell.
  [[nodiscard]] bool may_put_off_probe(pipeline::EffectFlags left);
  void send_probe();
  [[nodiscard]] bool send_missing_settings();
  void send_own(OwnQuery query, std::string_view text);
  // What the client listens to goes to the hub, in two queries: the marker, and UNLISTEN *.
  void hand_over();
  void end_of_hand_over();
  // The connection listens again to what the hub listens to for the client.
  [[nodiscard]] net::Task<std::optional<backend::LoginFailure>> take_back(const std::vector<std::string>& queries);
  [[nodiscard]] bool may_wait() const { return !core_.ending && !core_.server->closed(); }
  void apply(const pipeline::ProbedState& state);
  [[nodiscard]] bool has_unseen_names(const pipeline::ProbedState& state);
  void take_settings(const pipeline::ProbedState& state);
  void finish(backend::ServerPool::Condition condition);
  void note_fingerprint();
  void let_go(backend::ServerPool::Condition condition);
  // Replaces pins(), and counts what is new among them.
  void set_pins(unsigned pins);

  SessionCore& core_;
  ReplyRelay& relay_;
  backend::ServerPool& pool_;
  AcceptedSettings& accepted_;
  backend::LeaseRequest request_;
  backend::LeaseAbort abort_;
  // Own queries are under way that have to succeed before the client's messages may be sent.
  bool settling_ = false;
  // Those that were sent ahead of the client's messages.
  int ahead_ = 0;
  bool waiting_ = false;
  core::Rare<core::Error> replay_error_;
  bool settings_refused_ = false;
  // What the probe under way has brought.
  core::Rare<pipeline::ProbedState> probed_;
  pipeline::ProbeParts probed_parts_;
  // The tracker's group behind the newest probe.
  std::uint32_t probed_group_ = 0;
  bool probing_ = false;
  net::Deadline put_off_;
  bool probe_due_ = false;
  bool probe_failed_ = false;
  std::uint64_t startup_fingerprint_ = 0;
  // Channels that the connection listens on, as of the newest probe.
  std::vector<std::string> listening_;
  enum class HandOver : std::uint8_t { none, marking, marked, leaving };
  HandOver hand_over_ = HandOver::none;
  bool hand_over_failed_ = false;
  // The tracker's group behind a marker that the server refused.
  std::uint32_t refused_group_ = 0;
  bool taking_back_ = false;
  unsigned pins_ = 0;
};

}  // namespace sqlproxy::frontend
