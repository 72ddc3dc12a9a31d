#include "tests/support/frontend/offline_session.hpp"

#include "tests/support/frontend/messages.hpp"
#include "wire/frame.hpp"
#include "wire/messages/error_response.hpp"

namespace sqlproxy::frontend::testing {
namespace {

std::shared_ptr<const DatabaseRoute> make_route() {
  auto route = std::make_shared<DatabaseRoute>();
  route->name = route->client_database = "app";
  route->catalog = std::make_shared<backend::CatalogSlot>([](backend::LoadUrgency) {});
  route->catalog->publish(small_catalog());
  return route;
}

std::shared_ptr<const pipeline::NameScope> make_scope(std::vector<std::string> search_path) {
  pipeline::NameScope scope;
  scope.database = scope.server_database = "app";
  scope.current_user = "service";
  scope.search_path = std::move(search_path);
  return std::make_shared<const pipeline::NameScope>(std::move(scope));
}

net::Stream unopened(asio::io_context& io) {
  return net::Stream(net::Stream::Socket(io.get_executor()));
}

pipeline::TextLimits text_limits(std::size_t max_query_size) {
  pipeline::TextLimits limits;
  limits.max_bytes = max_query_size;
  return limits;
}

}  // namespace

std::shared_ptr<const pipeline::Catalog> small_catalog() {
  pipeline::CatalogRows rows;
  rows.database = "app";
  pipeline::Oid oid = 16384;
  for (const char* schema : {"pg_catalog", "information_schema", "open", "secret"}) {
    rows.schemas.push_back({oid++, schema});
  }
  for (const char* schema : {"open", "secret"}) {
    pipeline::CatalogRelation& relation = rows.relations.emplace_back();
    relation.oid = oid++;
    relation.schema = schema;
    relation.name = "t";
  }
  for (const auto& [schema, function] : {std::pair("open", kOpenFunction), std::pair("secret", kSecretFunction)}) {
    pipeline::CatalogFunction& made = rows.functions.emplace_back();
    made.oid = function;
    made.schema = schema;
    made.name = "f";
    made.language = "sql";
  }
  pipeline::CatalogFunction& set_config = rows.functions.emplace_back();
  set_config.oid = 2078;
  set_config.schema = "pg_catalog";
  set_config.name = "set_config";
  set_config.minimum_arguments = set_config.maximum_arguments = 3;
  set_config.language = "internal";
  return pipeline::Catalog::build(rows, 1);
}

std::vector<pipeline::PolicyRule> open_rules() {
  pipeline::PolicyRule tables;
  tables.id = "open";
  tables.users = {"*"};
  tables.schema = "open";
  tables.statements = pipeline::statement_types_named("DML");
  tables.action = pipeline::PolicyAction::allow;
  pipeline::PolicyRule functions = tables;
  functions.id = "open-functions";
  functions.function = "*";
  functions.statements = pipeline::StatementType::execute;
  return {tables, functions};
}

OfflineSession::OfflineSession(Options options)
    : client_stream_(unopened(io_)),
      analyzer_(text_limits(options.max_query_size), {}),
      snapshot_(make_snapshot(std::move(options.rules))),
      core(client_stream_, io_.get_executor(), deadlines_, analyzer_, snapshot_,
           options.route ? options.route : make_route(), {"ann", {"analysts"}, "default"},
           make_scope(std::move(options.search_path))),
      handler(core, options.max_query_size) {
  core.gate.use(judgements_);
  core.server = new_server();
  core.transaction_pooling = options.transaction_pooling;
  core.statement_store = options.store != nullptr ? options.store : &store_;
  core.journal.audit().trail = SessionTrail(options.trail);
  core.journal.audit().session = std::make_shared<audit::SessionFacts>();
}

OfflineSession::ServerPtr OfflineSession::new_server() {
  return std::make_shared<backend::ServerConnection>(++servers_, unopened(io_), net::InputBuffer(),
                                                     backend::ServerGreeting(), nullptr, backend::StartupSettings());
}

OfflineSession::ServerPtr OfflineSession::switch_server(ServerPtr next) {
  return std::exchange(core.server, next ? std::move(next) : new_server());
}

SnapshotPtr OfflineSession::make_snapshot(std::vector<pipeline::PolicyRule> rules) const {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->config = std::make_shared<const config::Config>(config_);
  snapshot->policies = pipeline::PolicySet::compile(std::move(rules), {});
  return snapshot;
}

void OfflineSession::set_rules(std::vector<pipeline::PolicyRule> rules) {
  core.gate.update(make_snapshot(std::move(rules)));
}

std::string OfflineSession::client(std::string_view bytes) {
  unread_ += bytes;
  outcome_ = handler.process(unread_);
  std::string sent(handler.to_server().view());
  handler.to_server().clear();
  unread_.erase(0, handler.used());
  return sent;
}

std::string OfflineSession::poison_query() const {
  return query(poison_text());
}

std::string OfflineSession::poison_parse() const {
  return parse(core.server->missing_name(), poison_text());
}

std::string OfflineSession::early_poison_parse() const {
  return parse(core.server->missing_name(), core.server->missing_name());
}

std::string OfflineSession::poison_text() const {
  return "SELECT \"" + core.server->missing_name() + '"';
}

std::string OfflineSession::anonymous(std::string bytes) const {
  const std::string& name = core.server->missing_name();
  for (std::size_t at = 0; (at = bytes.find(name, at)) != std::string::npos;)
    bytes.replace(at, name.size(), "<missing>");
  return bytes;
}

std::string OfflineSession::local() {
  std::string out;
  core.tracker.take_local(out);
  return out;
}

std::string OfflineSession::server(std::string_view messages) {
  using Verdict = wire::ReplyTracker::Verdict;
  std::string out = local();
  while (messages.size() >= wire::FrameHeader::kSize && !violated_) {
    const auto header = wire::decode_frame_header(messages);
    const std::string_view frame = messages.substr(0, static_cast<std::size_t>(header->frame_size()));
    messages.remove_prefix(frame.size());
    switch (
        core.tracker.on_message(static_cast<wire::BackendType>(header->type), frame.substr(wire::FrameHeader::kSize))) {
      case Verdict::forward: {
        const std::string explanation = core.journal.take_explanation();
        out += explanation.empty() ? frame : std::string_view(explanation);
        break;
      }
      case Verdict::swallow: break;
      case Verdict::replace: out += core.tracker.replacement(); break;
      case Verdict::violation: violated_ = true; break;
    }
    out += local();
  }
  return out;
}

std::string outline(std::string_view bytes) {
  std::string out;
  while (bytes.size() >= wire::FrameHeader::kSize) {
    const auto header = wire::decode_frame_header(bytes);
    const std::string_view body = bytes.substr(wire::FrameHeader::kSize, header->body_size);
    bytes.remove_prefix(static_cast<std::size_t>(header->frame_size()));
    if (!out.empty()) out += ' ';
    out += header->type;
    if (header->type == 'E') {
      const auto error = wire::ErrorResponse::decode(body);
      if (error) (out += ':') += error->sqlstate().text();
    }
    if (header->type == 'Z') (out += ':') += body;
  }
  return out;
}

}  // namespace sqlproxy::frontend::testing
