#include "frontend/statement_provider.hpp"

#include <utility>

#include "wire/message_writer.hpp"
#include "wire/messages/bind.hpp"
#include "wire/messages/close.hpp"
#include "wire/messages/execute.hpp"
#include "wire/messages/parse.hpp"
#include "wire/messages/query.hpp"

namespace sqlproxy::frontend {
namespace {

using Request = wire::ReplyTracker::Request;

// The statement and the portal in which a PREPARE is repeated; closed at once.
constexpr std::string_view kCarrier = "sql-proxy_prepare";

// What is prepared stays when a transaction is rolled back.
constexpr std::string_view kSavepoint = "SAVEPOINT \"sql-proxy\"";
constexpr std::string_view kBackToSavepoint = "ROLLBACK TO SAVEPOINT \"sql-proxy\"; RELEASE SAVEPOINT \"sql-proxy\"";

}  // namespace

StatementProvider::Occupant StatementProvider::occupant_of(const PreparedStatement& prepared,
                                                           std::uint64_t client) const {
  Occupant occupant;
  occupant.statement = prepared.source;
  occupant.ddl_epoch = core_.route->catalog->ddl_epoch();
  occupant.client = client;
  return occupant;
}

void StatementProvider::provide(std::string_view name, const PreparedPtr& prepared, std::uint64_t client, Place place) {
  const Treatment treatment = place == Place::in_batch ? Treatment::swallow_success : Treatment::swallow;
  if (place == Place::in_savepoint) send_savepoint_query(kSavepoint);
  if (prepared->by_sql) {
    provide_by_prepare(name, prepared, occupant_of(*prepared, client), treatment);
  } else {
    send_parse(name, prepared, occupant_of(*prepared, client), treatment, name);
  }
  if (place != Place::in_batch) sync();
  if (place == Place::in_savepoint) send_savepoint_query(kBackToSavepoint);
}

void StatementProvider::occupy(std::string_view name, std::uint64_t client) {
  Occupant nothing;
  nothing.client = client;
  const std::uint32_t payload = open({}, Treatment::swallow, {});
  server().expect(payload, core_.tracker.current_group(), Change::define, name, std::move(nothing));
  if (push(Request::parse, payload, Treatment::swallow)) {
    send(wire::Parse{.statement = name, .text = {}, .parameter_types = {}});
  }
}

void StatementProvider::provide_by_prepare(std::string_view name, const PreparedPtr& prepared, Occupant made,
                                           Treatment treatment) {
  // Left over when the one before it failed, or fails.
  const auto carrier = server().find(kCarrier);
  if (carrier.value != nullptr || carrier.unconfirmed_group != 0) close(kCarrier);
  const std::uint32_t group = core_.tracker.current_group();
  const std::uint32_t parse = open(prepared, treatment, name);
  server().expect(parse, group, Change::define, kCarrier, made);
  if (push(Request::parse, parse, treatment)) {
    send(wire::Parse{.statement = kCarrier, .text = prepared->source->text, .parameter_types = {}});
  }
  wire::Bind bind;
  bind.portal = bind.statement = kCarrier;
  if (push(Request::bind, open(prepared, treatment, name), treatment)) send(bind);
  const std::uint32_t execute = open(prepared, treatment, name);
  server().expect(execute, group, Change::define, name, std::move(made));
  if (push(Request::execute, execute, treatment)) send(wire::Execute{.portal = kCarrier, .max_rows = 0});
  if (push(Request::close, open({}, Treatment::swallow, {}), Treatment::swallow)) {
    send(wire::Close{wire::DescribeTarget::portal, kCarrier});
  }
  close(kCarrier);
}

void StatementProvider::send_parse(std::string_view server_name, const PreparedPtr& prepared, Occupant occupant,
                                   Treatment treatment, std::string_view name) {
  const std::uint32_t payload = open(prepared, treatment, name);
  core_.journal.flight(payload).drops_unnamed = server_name.empty();
  server().expect(payload, core_.tracker.current_group(), Change::define, server_name, std::move(occupant));
  if (!push(Request::parse, payload, treatment)) return;
  send(wire::Parse{.statement = server_name,
                   .text = prepared->source->text,
                   .parameter_types = wire::OidList(prepared->source->parameter_types)});
}

void StatementProvider::close(std::string_view server_name) {
  const std::uint32_t payload = open({}, Treatment::swallow, {});
  server().expect(payload, core_.tracker.current_group(), Change::remove, server_name);
  if (push(Request::close, payload, Treatment::swallow)) {
    send(wire::Close{wire::DescribeTarget::statement, server_name});
  }
}

void StatementProvider::sync() {
  if (push(Request::sync, 0, Treatment::swallow)) {
    wire::append_message(to_server_.own(), wire::FrontendType::Sync);
  }
}

void StatementProvider::flush() {
  wire::append_message(to_server_.own(), wire::FrontendType::Flush);
}

void StatementProvider::send_savepoint_query(std::string_view text) {
  InFlight flight;
  flight.kind = InFlight::Kind::own_savepoint;
  const std::uint32_t payload = core_.journal.open(std::move(flight));
  if (push(Request::query, payload, Treatment::swallow)) send(wire::Query{text});
}

std::uint32_t StatementProvider::open(const PreparedPtr& prepared, Treatment treatment, std::string_view name) {
  InFlight flight;
  flight.kind = InFlight::Kind::own_message;
  flight.name = name;
  // An error that the client sees is that of its statement.
  if (treatment == Treatment::swallow_success) flight.prepared = prepared;
  flight.provides = prepared;
  return core_.journal.open(std::move(flight));
}

}  // namespace sqlproxy::frontend
