#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backend/catalog_slot.hpp"
#include "frontend/judgement_cache.hpp"
#include "frontend/request_handler.hpp"
#include "frontend/session_core.hpp"
#include "pipeline/policy_set.hpp"

namespace sqlproxy::frontend::testing {

// Two schemas with a table `t` each: `open`, which the rule "open" lets everyone read and write, and `secret`, of which
// no rule speaks. The function open.f may be called.
[[nodiscard]] std::shared_ptr<const pipeline::Catalog> small_catalog();
[[nodiscard]] std::vector<pipeline::PolicyRule> open_rules();
inline constexpr std::uint32_t kOpenFunction = 17000;
inline constexpr std::uint32_t kSecretFunction = 17001;

// A logged-in session without peers: what the client sends is given to client(), what the server answers to server(),
// and both say what the other side gets. Its sockets are not open; no event loop runs.
class OfflineSession {
 public:
  struct Options {
    std::vector<pipeline::PolicyRule> rules = open_rules();
    std::size_t max_query_size = 4096;
    audit::Trail* trail = nullptr;
    std::vector<std::string> search_path{"open"};
    bool transaction_pooling = false;
    // Shared by sessions that use the same server connections; null: the session's own.
    backend::StatementStore* store = nullptr;
    std::shared_ptr<const DatabaseRoute> route;
  };
  using ServerPtr = std::shared_ptr<backend::ServerConnection>;

  OfflineSession() : OfflineSession(Options{}) {}
  explicit OfflineSession(Options options);

  // Hands over bytes behind what is still unread; returns what goes to the server.
  std::string client(std::string_view bytes);
  // Messages of the server; returns what the client gets.
  std::string server(std::string_view messages);
  // Answers of the proxy's own whose turn has come; also a part of what server() returns.
  std::string local();

  // A server connection as it was after log-in.
  [[nodiscard]] ServerPtr new_server();
  // The session goes on with another server connection, new unless given; returns the one that it had.
  ServerPtr switch_server(ServerPtr next = nullptr);

  // A reload with other rules.
  void set_rules(std::vector<pipeline::PolicyRule> rules);

  [[nodiscard]] RequestHandler::Outcome outcome() const { return outcome_; }
  [[nodiscard]] std::size_t unread() const { return unread_.size(); }
  [[nodiscard]] bool violated() const { return violated_; }
  // What goes to the server in place of a denied Query, and of a denied message of the extended protocol; of one whose
  // error precedes that of a failed transaction.
  [[nodiscard]] std::string poison_query() const;
  [[nodiscard]] std::string poison_parse() const;
  [[nodiscard]] std::string early_poison_parse() const;
  // The connection's random name in `bytes` replaced, to compare two sessions.
  [[nodiscard]] std::string anonymous(std::string bytes) const;

 private:
  asio::io_context io_;
  net::DeadlineQueue deadlines_{io_.get_executor()};
  net::Stream client_stream_;
  pipeline::TextAnalyzer analyzer_;
  JudgementCache judgements_;
  backend::StatementStore store_;
  config::Config config_;
  SnapshotPtr snapshot_;

 public:
  SessionCore core;
  RequestHandler handler;

 private:
  [[nodiscard]] std::string poison_text() const;
  [[nodiscard]] SnapshotPtr make_snapshot(std::vector<pipeline::PolicyRule> rules) const;

  std::string unread_;
  backend::ServerConnection::Id servers_ = 0;
  RequestHandler::Outcome outcome_ = RequestHandler::Outcome::more_input;
  bool violated_ = false;
};

// The letters of the messages in `bytes`; an ErrorResponse with its SQLSTATE, a ReadyForQuery with its status: "1 2
// E:42501 Z:I".
[[nodiscard]] std::string outline(std::string_view bytes);

}  // namespace sqlproxy::frontend::testing
