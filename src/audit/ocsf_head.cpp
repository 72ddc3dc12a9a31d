#include "audit/ocsf_head.hpp"

#include "audit/event_encoder.hpp"
#include "audit/event_words.hpp"
#include "audit/json_writer.hpp"

namespace sqlproxy::audit {
namespace {

constexpr std::int64_t kCategory = 6;  // Application Activity
constexpr std::int64_t kClass = 6005;  // Datastore Activity
constexpr std::int64_t kInformational = 1;
constexpr std::int64_t kLow = 2;
constexpr std::int64_t kMedium = 3;
constexpr std::int64_t kHigh = 4;

struct Activity {
  std::int64_t id;
  std::string_view name;
};

constexpr Activity kUpdate{2, "Update"};
constexpr Activity kQuery{4, "Query"};
constexpr Activity kWrite{5, "Write"};
constexpr Activity kCreate{6, "Create"};
constexpr Activity kDelete{7, "Delete"};

Activity activity_of_statement(const StatementFacts& facts) {
  const std::string_view type = facts.statement_type;
  if (type == "SELECT") return kQuery;
  if (type == "COPY_TO") return {1, "Read"};
  if (type == "INSERT" || type == "COPY_FROM") return kWrite;
  if (type == "UPDATE" || type == "MERGE") return kUpdate;
  if (type == "DELETE" || type == "TRUNCATE") return kDelete;
  if (type == "DDL" && facts.sub_type.starts_with("CREATE")) return kCreate;
  if (type == "DDL" && facts.sub_type.starts_with("DROP")) return kDelete;
  if (type == "DDL") return kUpdate;
  return {99, type.empty() ? "UNPARSED" : type};
}

Activity activity_of(const Event& event) {
  if (event.kind == EventKind::statement) {
    return event.statement ? activity_of_statement(*event.statement) : Activity{0, "Unknown"};
  }
  if (event.kind == EventKind::connect || event.kind == EventKind::auth_failure) return {3, "Connect"};
  return {99, to_word(event.kind)};
}

// action_id and disposition_id of the profile.
struct Control {
  std::int64_t action;
  std::string_view action_name;
  std::int64_t disposition;
  std::string_view disposition_name;
};

Control control_of(const Event& event) {
  constexpr Control kAllowed{1, "Allowed", 1, "Allowed"};
  constexpr Control kBlocked{2, "Denied", 2, "Blocked"};
  if (event.kind == EventKind::auth_failure || event.status == EventStatus::denied) return kBlocked;
  if (event.decision == Decision::observe) return {1, "Allowed", 15, "Detected"};
  if (event.decision == Decision::deny) return kBlocked;
  if (event.kind == EventKind::statement || event.kind == EventKind::connect) return kAllowed;
  return {0, "Unknown", 17, "Logged"};
}

std::int64_t severity_of(const Event& event) {
  if (event.kind == EventKind::overflow) return kHigh;
  if (event.kind == EventKind::auth_failure || event.status == EventStatus::denied) return kMedium;
  return event.status == EventStatus::error ? kLow : kInformational;
}

class OcsfWriter {
 public:
  OcsfWriter(std::string& out, const Event& event) : out_(out), top_(out), event_(event) {}

  void write(std::uint64_t sequence, std::string_view node_id) {
    classification();
    metadata(sequence);
    actor();
    endpoints(node_id);
    datastore();
    control();
  }

 private:
  void classification() {
    const Activity activity = activity_of(event_);
    top_.number("activity_id", activity.id);
    top_.string("activity_name", activity.name, kMaxNameBytes);
    top_.number("category_uid", kCategory);
    top_.number("class_uid", kClass);
    top_.number("type_uid", kClass * 100 + activity.id);
    top_.number("severity_id", severity_of(event_));
    const auto since_epoch = event_.timestamp.time_since_epoch();
    top_.number("time", std::int64_t{std::chrono::floor<std::chrono::milliseconds>(since_epoch).count()});
    if (!event_.status) return;
    const bool success = event_.status == EventStatus::ok;
    top_.number("status_id", std::int64_t{success ? 1 : 2});
    top_.word("status", success ? "Success" : "Failure");
    if (event_.sqlstate) top_.string("status_code", event_.sqlstate->text(), kMaxNameBytes);
    if (!event_.error.empty()) top_.string("status_detail", event_.error.text(), kMaxTextBytes);
  }

  void metadata(std::uint64_t sequence) {
    top_.key("metadata");
    JsonMembers members(out_);
    members.word("version", "1.3.0");
    members.key("product");
    JsonMembers product(out_);
    product.word("name", "sql-proxy");
    product.word("vendor_name", "sql-proxy");
    close();
    members.key("profiles");
    out_.append(R"(["security_control"])");
    members.word("uid", event_.event_id.text());
    members.number("sequence", sequence);
    members.word("log_name", "audit");
    if (event_.session && !event_.session->tenant.empty()) {
      members.string("tenant_uid", event_.session->tenant, kMaxNameBytes);
    }
    close();
  }

  void actor() {
    top_.key("actor");
    JsonMembers members(out_);
    if (event_.session && !event_.session->user.empty()) {
      members.key("user");
      JsonMembers user(out_);
      user.string("name", event_.session->user, kMaxNameBytes);
      user.number("type_id", std::int64_t{0});
      roles(user);
      close();
    }
    if (event_.session && !event_.session->session_id.empty()) {
      members.key("session");
      JsonMembers session(out_);
      session.string("uid", event_.session->session_id, kMaxNameBytes);
      close();
    }
    const std::string_view name = event_.session ? std::string_view(event_.session->application_name) : "sql-proxy";
    if (!name.empty() || !event_.session || event_.session->user.empty()) {
      members.string("app_name", name.empty() ? "unknown" : name, kMaxNameBytes);
    }
    close();
  }

  void roles(JsonMembers& user) {
    if (event_.session->roles.empty()) return;
    user.key("groups");
    out_.push_back('[');
    for (std::size_t i = 0; i < std::min(event_.session->roles.size(), kMaxListItems); ++i) {
      if (i != 0) out_.push_back(',');
      JsonMembers group(out_);
      group.string("name", event_.session->roles[i], kMaxNameBytes);
      close();
    }
    out_.push_back(']');
  }

  void endpoints(std::string_view node_id) {
    top_.key("src_endpoint");
    JsonMembers source(out_);
    if (event_.session && !event_.session->client_ip.empty()) {
      source.string("ip", event_.session->client_ip, kMaxNameBytes);
      if (event_.session->client_port) source.number("port", std::uint64_t{*event_.session->client_port});
    } else {
      // A Unix-domain socket, or the proxy itself.
      source.word("name", "local");
    }
    close();
    top_.key("dst_endpoint");
    JsonMembers destination(out_);
    destination.string("hostname", node_id.empty() ? "unknown" : node_id, kMaxNameBytes);
    destination.word("svc_name", "sql-proxy");
    close();
  }

  // The class wants a database or a table in each event.
  void datastore() {
    const bool named = event_.session && !event_.session->database.empty();
    top_.key("database");
    JsonMembers database(out_);
    database.string("name", named ? std::string_view(event_.session->database) : "sql-proxy", kMaxNameBytes);
    database.number("type_id", std::int64_t{1});
    database.word("type", "Relational");
    close();
    if (!event_.statement) return;
    const StatementFacts& facts = *event_.statement;
    if (!facts.tables.empty()) {
      top_.key("table");
      JsonMembers table(out_);
      const TableRef& first = facts.tables.front();
      table.string("name", first.schema.empty() ? first.table : first.schema + '.' + first.table, 2 * kMaxNameBytes);
      close();
    }
    if (!facts.sql) return;
    top_.key("query_info");
    JsonMembers query(out_);
    query.string("query_string", *facts.sql, kMaxSqlBytes);
    query.string("uid", facts.fingerprint.empty() ? "unknown" : facts.fingerprint, kMaxNameBytes);
    close();
  }

  void control() {
    const Control control = control_of(event_);
    top_.number("action_id", control.action);
    top_.word("action", control.action_name);
    top_.number("disposition_id", control.disposition);
    top_.word("disposition", control.disposition_name);
    if (!event_.decision) return;
    top_.key("policy");
    JsonMembers policy(out_);
    policy.string("name", event_.matched_rule.empty() ? "default" : event_.matched_rule, kMaxNameBytes);
    if (!event_.policy_version.empty()) policy.string("version", event_.policy_version, kMaxNameBytes);
    if (!event_.reason.empty()) policy.string("desc", event_.reason, kMaxTextBytes);
    close();
  }

  void close() { out_.push_back('}'); }

  std::string& out_;
  JsonMembers top_;
  const Event& event_;
};

}  // namespace

void append_ocsf_head(std::string& out, const Event& event, std::uint64_t sequence, std::string_view node_id) {
  OcsfWriter(out, event).write(sequence, node_id);
}

}  // namespace sqlproxy::audit
