#include "audit/ecs_head.hpp"

#include <string_view>

#include "audit/event_encoder.hpp"
#include "audit/event_words.hpp"
#include "audit/json_writer.hpp"

namespace sqlproxy::audit {
namespace {

bool reads(std::string_view type) {
  return type == "SELECT" || type == "COPY_TO";
}

bool changes(std::string_view type) {
  return type == "INSERT" || type == "UPDATE" || type == "DELETE" || type == "MERGE" || type == "TRUNCATE" ||
         type == "COPY_FROM" || type == "DDL" || type == "DCL";
}

// JSON arrays: event.category, and those types that the schema expects in it.
struct Categories {
  std::string_view category;
  std::string_view type;
};

Categories categories_of(const Event& event) {
  switch (event.kind) {
    case EventKind::connect: return {R"(["authentication","session"])", R"(["start"])"};
    case EventKind::auth_failure: return {R"(["authentication"])", R"(["start"])"};
    case EventKind::disconnect: return {R"(["session"])", R"(["end"])"};
    case EventKind::reload: return {R"(["configuration"])", R"(["change"])"};
    case EventKind::admin: return {R"(["configuration"])", R"(["info"])"};
    case EventKind::overflow: return {R"(["database"])", R"(["error"])"};
    case EventKind::statement: break;
  }
  const std::string_view type = event.statement ? std::string_view(event.statement->statement_type) : "";
  const bool failed = event.status && event.status != EventStatus::ok;
  if (reads(type)) return {R"(["database"])", failed ? R"(["access","error"])" : R"(["access"])"};
  if (changes(type)) return {R"(["database"])", failed ? R"(["change","error"])" : R"(["change"])"};
  return {R"(["database"])", failed ? R"(["info","error"])" : R"(["info"])"};
}

std::string_view outcome_of(const Event& event) {
  if (event.kind == EventKind::auth_failure) return "failure";
  if (!event.status || event.status == EventStatus::disconnected) return "unknown";
  return event.status == EventStatus::ok ? "success" : "failure";
}

class EcsWriter {
 public:
  EcsWriter(std::string& out, const Event& event) : out_(out), top_(out), event_(event) {}

  void write(std::uint64_t sequence, std::string_view node_id) {
    top_.key("@timestamp");
    time(event_.timestamp);
    top_.key("ecs");
    out_.append(R"({"version":"8.11.0"})");
    event(sequence);
    who();
    top_.key("observer");
    JsonMembers observer(out_);
    observer.string_or_null("name", node_id, kMaxNameBytes);
    observer.word("product", "sql-proxy");
    observer.word("type", "proxy");
    close();
    if (!event_.matched_rule.empty()) {
      top_.key("rule");
      JsonMembers rule(out_);
      rule.string("name", event_.matched_rule, kMaxNameBytes);
      if (!event_.policy_version.empty()) rule.string("version", event_.policy_version, kMaxNameBytes);
      close();
    }
    if (!event_.sqlstate) return;
    top_.key("error");
    JsonMembers error(out_);
    error.string("code", event_.sqlstate->text(), kMaxNameBytes);
    if (!event_.error.empty()) error.string("message", event_.error.text(), kMaxTextBytes);
    close();
  }

 private:
  void event(std::uint64_t sequence) {
    const Categories categories = categories_of(event_);
    top_.key("event");
    JsonMembers members(out_);
    members.word("id", event_.event_id.text());
    members.word("kind", "event");
    members.key("category");
    out_.append(categories.category);
    members.key("type");
    out_.append(categories.type);
    members.string("action", action(), kMaxNameBytes);
    members.word("outcome", outcome_of(event_));
    members.number("sequence", sequence);
    members.word("module", "sql_proxy");
    members.word("dataset", "sql_proxy.audit");
    members.key("created");
    time(event_.timestamp);
    if (event_.received_at != core::WallTime{}) {
      members.key("start");
      time(event_.received_at);
    }
    if (event_.total_time) {
      members.number("duration", std::int64_t{std::chrono::nanoseconds(*event_.total_time).count()});
    }
    if (!event_.reason.empty()) members.string("reason", event_.reason, kMaxTextBytes);
    close();
  }

  [[nodiscard]] std::string_view action() const {
    if (event_.kind == EventKind::statement && event_.statement && !event_.statement->statement_type.empty()) {
      return event_.statement->statement_type;
    }
    return event_.kind == EventKind::admin && !event_.action.empty() ? event_.action : to_word(event_.kind);
  }

  void who() {
    if (!event_.session) return;
    const SessionFacts& session = *event_.session;
    if (!session.user.empty()) {
      top_.key("user");
      JsonMembers user(out_);
      user.string("name", session.user, kMaxNameBytes);
      user.key("roles");
      out_.push_back('[');
      for (std::size_t i = 0; i < std::min(session.roles.size(), kMaxListItems); ++i) {
        if (i != 0) out_.push_back(',');
        append_json_string(out_, session.roles[i], kMaxNameBytes);
      }
      out_.push_back(']');
      close();
    }
    if (!session.client_ip.empty()) {
      // Both, as the schema advises where the client is the source of the traffic too.
      top_.key("client");
      address(session);
      top_.key("source");
      address(session);
    }
    if (session.tls.starts_with("TLSv")) {
      top_.key("tls");
      JsonMembers tls(out_);
      tls.string("version", std::string_view(session.tls).substr(4), kMaxNameBytes);
      tls.word("version_protocol", "tls");
      close();
    }
    related(session);
  }

  void address(const SessionFacts& session) {
    JsonMembers members(out_);
    members.string("address", session.client_ip, kMaxNameBytes);
    members.string("ip", session.client_ip, kMaxNameBytes);
    if (session.client_port) members.number("port", std::uint64_t{*session.client_port});
    close();
  }

  void related(const SessionFacts& session) {
    if (session.user.empty() && session.client_ip.empty()) return;
    top_.key("related");
    JsonMembers members(out_);
    if (!session.user.empty()) {
      members.key("user");
      only(session.user);
    }
    if (!session.client_ip.empty()) {
      members.key("ip");
      only(session.client_ip);
    }
    close();
  }

  void only(std::string_view text) {
    out_.push_back('[');
    append_json_string(out_, text, kMaxNameBytes);
    out_.push_back(']');
  }

  void time(core::WallTime value) {
    out_.push_back('"');
    core::append_rfc3339(out_, value);
    out_.push_back('"');
  }

  void close() { out_.push_back('}'); }

  std::string& out_;
  JsonMembers top_;
  const Event& event_;
};

}  // namespace

void append_ecs_head(std::string& out, const Event& event, std::uint64_t sequence, std::string_view node_id) {
  EcsWriter(out, event).write(sequence, node_id);
}

}  // namespace sqlproxy::audit
