#pragma once

#include <cstdint>
#include <string_view>

#include "backend/server_statements.hpp"
#include "frontend/output_batch.hpp"
#include "frontend/session_core.hpp"

namespace sqlproxy::frontend {

// Puts prepared statements on the session's server connection, and takes them away, by messages of the proxy's own:
// notes them in the tracker and in ServerStatements, and writes them to the batch.
//
// Part of the session's StatementMapper; not thread-safe. Everything requires a leased server connection.
class StatementProvider {
 public:
  using Occupant = backend::ServerStatements::Occupant;
  using Change = backend::ServerStatements::Change;
  using Treatment = wire::ReplyTracker::Treatment;

  // Where the messages stand.
  enum class Place : std::uint8_t {
    // In a batch of the client's: an error in them is that of the client's message behind them.
    in_batch,
    // In front of a Query, with a Sync of their own: the client gets the error when its Query comes to what is missing
    // (SessionJournal::take_explanation()).
    on_their_own,
    // And within a savepoint, since a transaction may be open that the error must not abort.
    in_savepoint,
  };

  StatementProvider(SessionCore& core, OutputBatch& to_server) : core_(core), to_server_(to_server) {}

  // `client`: what a name is that is put there; 0 for one that clients share.
  [[nodiscard]] Occupant occupant_of(const PreparedStatement& prepared, std::uint64_t client) const;

  // Puts `prepared` there as the client's own `name`, by Parse or by the PREPARE that made it.
  void provide(std::string_view name, const PreparedPtr& prepared, std::uint64_t client, Place place);
  // Puts something under `name` that cannot fail, not even in a failed transaction, and that nobody may execute.
  void occupy(std::string_view name, std::uint64_t client);
  // In a batch of the client's.
  void parse(std::string_view server_name, const PreparedPtr& prepared, Occupant occupant) {
    send_parse(server_name, prepared, std::move(occupant), Treatment::swallow_success, {});
  }
  // A Close cannot fail.
  void close(std::string_view server_name);
  // Ends a batch of the proxy's own.
  void sync();
  // The server answers what it has got.
  void flush();

  template <class Message>
  void send(const Message& message) {
    // What cannot be sent was never received either: it has the client's own lengths.
    if (!message.encode(to_server_.own())) core_.server->close();
  }

 private:
  [[nodiscard]] backend::ServerStatements& server() { return core_.server->statements(); }
  [[nodiscard]] std::uint32_t open(const PreparedPtr& prepared, Treatment treatment, std::string_view name);
  void send_parse(std::string_view server_name, const PreparedPtr& prepared, Occupant occupant, Treatment treatment,
                  std::string_view name);
  void provide_by_prepare(std::string_view name, const PreparedPtr& prepared, Occupant made, Treatment treatment);
  void send_savepoint_query(std::string_view text);

  // Notes an own message; false: the server is going to discard it, and it must not be sent.
  [[nodiscard]] bool push(wire::ReplyTracker::Request request, std::uint32_t payload, Treatment treatment) {
    return core_.tracker.push(request, treatment, payload);
  }

  SessionCore& core_;
  OutputBatch& to_server_;
};

}  // namespace sqlproxy::frontend
