#include "audit/event_encoder.hpp"

#include <span>

#include "audit/ecs_head.hpp"
#include "audit/event_words.hpp"
#include "audit/json_writer.hpp"
#include "audit/ocsf_head.hpp"

namespace sqlproxy::audit {
namespace {

// The members of one event, in groups that kinds pick from. The order of the calls is the order of the contract.
class LineWriter {
 public:
  LineWriter(std::string& out, const Event& event, FragmentCache& sessions, FragmentCache& statements)
      : out_(out),
        members_(out),
        event_(event),
        sessions_(sessions),
        statements_(statements),
        session_(event.session ? *event.session : kNoSession),
        statement_(event.statement ? *event.statement : kNoStatement) {}

  void write(std::uint64_t sequence, std::string_view node_id) {
    header(sequence, node_id);
    switch (event_.kind) {
      case EventKind::statement: return statement_members();
      case EventKind::connect:
      case EventKind::auth_failure:
      case EventKind::disconnect: return session_members();
      case EventKind::reload:
      case EventKind::admin: return admin_members();
      case EventKind::overflow: return overflow_members();
    }
  }

 private:
  void header(std::uint64_t sequence, std::string_view node_id) {
    members_.key("event_id");
    out_.push_back('"');
    event_.event_id.append_to(out_);
    out_.push_back('"');
    members_.number("sequence_num", sequence);
    members_.word("kind", to_word(event_.kind));
    time("received_at", event_.received_at == core::WallTime{} ? event_.timestamp : event_.received_at);
    time("timestamp", event_.timestamp);
    name("node_id", node_id);
  }

  void identity() {
    sessions_.append(out_, event_.session, [this] { session_facts(); });
  }

  void session_facts() {
    name("session_id", session_.session_id);
    name("client_ip", session_.client_ip);
    optional_number("client_port", session_.client_port);
    name("tls", session_.tls);
    name("application_name", session_.application_name);
    name("user", session_.user);
    names("roles", "roles_cut", event_.session != nullptr, session_.roles);
    name("tenant", session_.tenant);
    name("database", session_.database);
  }

  void statement_members() {
    identity();
    optional_number("backend_pid", event_.backend_pid);
    optional_word("protocol", event_.protocol);
    optional_boolean("in_transaction", event_.in_transaction);
    statements_.append(out_, event_.statement, [this] { statement_facts(); });
    optional_word("decision", event_.decision);
    name("matched_rule", event_.matched_rule);
    optional_number("specificity", event_.specificity);
    text("reason", event_.reason);
    name("policy_version", event_.policy_version);
    outcome();
    optional_number("rows_returned", event_.rows_returned);
    optional_number("rows_affected", event_.rows_affected);
    optional_number("bytes_in", event_.bytes_in);
    optional_number("bytes_out", event_.bytes_out);
    classifications();
    optional_boolean("has_pii", event_.has_pii);
    optional_boolean("cache_hit", event_.cache_hit);
    duration("queue_us", event_.queue_time);
    duration("db_us", event_.db_time);
    duration("proxy_us", event_.proxy_time);
    duration("total_us", event_.total_time);
  }

  void statement_facts() {
    name("statement_type", statement_.statement_type);
    name("sub_type", statement_.sub_type);
    sql();
    name("fingerprint", statement_.fingerprint);
    optional_number("sql_bytes", statement_.sql_bytes);
    tables();
    names("columns", "columns_cut", analyzed(), statement_.columns);
    names("columns_written", "columns_written_cut", analyzed(), statement_.columns_written);
    names("columns_filtered", "columns_filtered_cut", analyzed(), statement_.columns_filtered);
    names("functions", "functions_cut", analyzed(), statement_.functions);
  }

  void session_members() {
    identity();
    optional_number("backend_pid", event_.backend_pid);
    name("sub_type", event_.action);
    text("reason", event_.reason);
    name("policy_version", event_.policy_version);
    outcome();
    optional_number("bytes_in", event_.bytes_in);
    optional_number("bytes_out", event_.bytes_out);
    duration("total_us", event_.total_time);
  }

  void admin_members() {
    identity();
    optional_word("protocol", event_.protocol);
    name("sub_type", event_.action);
    sql();
    text("reason", event_.reason);
    name("policy_version", event_.policy_version);
    outcome();
    duration("total_us", event_.total_time);
  }

  void overflow_members() {
    text("reason", event_.reason);
    members_.number("dropped", event_.dropped);
  }

  void outcome() {
    optional_word("status", event_.status);
    if (event_.sqlstate) {
      members_.string("sqlstate", event_.sqlstate->text(), kMaxNameBytes);
    } else {
      members_.null("sqlstate");
    }
    text("error", event_.error.text());
  }

  void sql() {
    if (statement_.sql) {
      members_.string("sql", *statement_.sql, kMaxSqlBytes);
    } else {
      members_.null("sql");
    }
  }

  // Lists of a statement that nothing is known of are null: an empty one would say that it touches nothing.
  [[nodiscard]] bool analyzed() const { return event_.statement != nullptr && statement_.analyzed; }

  void tables() {
    if (!analyzed()) return members_.null("tables");
    list("tables", "tables_cut", statement_.tables, [this](const TableRef& table) {
      JsonMembers object(out_);
      object.string_or_null("database", table.database, kMaxNameBytes);
      object.string_or_null("schema", table.schema, kMaxNameBytes);
      object.string_or_null("table", table.table, kMaxNameBytes);
      object.word("usage", to_word(table.usage));
      out_.push_back('}');
    });
  }

  void classifications() {
    if (!event_.has_pii && event_.classifications.empty()) return members_.null("classifications");
    list("classifications", "classifications_cut", event_.classifications, [this](const Classification& found) {
      JsonMembers object(out_);
      object.string_or_null("column", found.column, kMaxNameBytes);
      object.string_or_null("tag", found.tag, kMaxNameBytes);
      object.fraction("confidence", found.confidence);
      object.string_or_null("method", found.method, kMaxNameBytes);
      object.number("rows_sampled", found.rows_sampled);
      out_.push_back('}');
    });
  }

  void names(const MemberName& key, const MemberName& cut_key, bool known, const std::vector<std::string>& values) {
    if (!known) return members_.null(key);
    list(key, cut_key, values, [this](const std::string& value) { append_json_string(out_, value, kMaxNameBytes); });
  }

  // A list that is longer than it may be is cut, and says so with a member of its own, the number of items left out.
  template <class T, class WriteItem>
  void list(const MemberName& key, const MemberName& cut_key, const std::vector<T>& items, WriteItem write_item) {
    members_.key(key);
    out_.push_back('[');
    const auto kept = std::span(items).first(std::min(items.size(), kMaxListItems));
    bool first = true;
    for (const T& item : kept) {
      if (!first) out_.push_back(',');
      first = false;
      write_item(item);
    }
    out_.push_back(']');
    if (kept.size() < items.size()) members_.number(cut_key, std::uint64_t{items.size() - kept.size()});
  }

  void name(const MemberName& key, std::string_view value) { members_.string_or_null(key, value, kMaxNameBytes); }
  void text(const MemberName& key, std::string_view value) { members_.string_or_null(key, value, kMaxTextBytes); }

  void time(const MemberName& key, core::WallTime value) {
    members_.key(key);
    out_.push_back('"');
    core::append_rfc3339(out_, value);
    out_.push_back('"');
  }

  void duration(const MemberName& key, const std::optional<core::Duration>& value) {
    if (!value) return members_.null(key);
    members_.number(key, std::int64_t{value->count()});
  }

  template <class T>
  void optional_number(const MemberName& key, const std::optional<T>& value) {
    if (!value) return members_.null(key);
    if constexpr (std::is_signed_v<T>) {
      members_.number(key, static_cast<std::int64_t>(*value));
    } else {
      members_.number(key, static_cast<std::uint64_t>(*value));
    }
  }

  void optional_boolean(const MemberName& key, std::optional<bool> value) {
    if (!value) return members_.null(key);
    members_.boolean(key, *value);
  }

  template <class Enum>
  void optional_word(const MemberName& key, std::optional<Enum> value) {
    if (!value) return members_.null(key);
    members_.word(key, to_word(*value));
  }

  static inline const SessionFacts kNoSession;
  static inline const StatementFacts kNoStatement;

  std::string& out_;
  JsonMembers members_;
  const Event& event_;
  FragmentCache& sessions_;
  FragmentCache& statements_;
  const SessionFacts& session_;
  const StatementFacts& statement_;
};

}  // namespace

void EventEncoder::append(std::string& out, const Event& event, std::uint64_t sequence) {
  switch (format_) {
    case LineFormat::native: break;
    case LineFormat::ocsf: append_ocsf_head(out, event, sequence, node_id_); break;
    case LineFormat::ecs: append_ecs_head(out, event, sequence, node_id_); break;
  }
  if (format_ != LineFormat::native) out.append(",\"").append(native_member(format_)).append("\":");
  LineWriter(out, event, *sessions_, *statements_).write(sequence, node_id_);
}

}  // namespace sqlproxy::audit
