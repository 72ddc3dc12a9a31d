#include "frontend/message_filter.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "audit/redacted_text.hpp"
#include "pipeline/sensitive_relations.hpp"

namespace sqlproxy::frontend {
namespace {

using wire::ErrorField;

bool is_users_function(const std::string& qualified) {
  return !pipeline::is_system_schema(std::string_view(qualified).substr(0, qualified.find('.')));
}

// What is read of a relation by other statements may be more than the columns that the audit names.
bool tells_columns(pipeline::StatementType type) {
  using enum pipeline::StatementType;
  constexpr auto kTelling = pipeline::StatementTypes(select) | copy_to | insert | update | delete_ | merge;
  return kTelling.contains(type);
}

ReachedTable reached(const audit::TableRef& table, const Judgement& judgement) {
  ReachedTable reached{.schema = table.schema, .name = table.table};
  if (table.usage != audit::TableUsage::read || !tells_columns(judgement.type)) return reached;
  reached.every = false;
  const std::string prefix = table.database + '.' + table.schema + '.' + table.table + '.';
  for (const std::string& column : judgement.facts->columns) {
    // A name with a dot in it may make this a column of another table: it is then one too many.
    if (column.starts_with(prefix)) reached.columns.push_back(column.substr(prefix.size()));
  }
  const auto all = std::ranges::find(reached.columns, "*");
  if (all != reached.columns.end()) reached.every = true;
  return reached;
}

void add_facts(const Judgement* judgement, MessageReach& reach) {
  if (judgement == nullptr || judgement->facts == nullptr || judgement->unparsed) {
    reach.unknown = true;
    return;
  }
  const audit::StatementFacts& facts = *judgement->facts;
  for (const audit::TableRef& table : facts.tables) reach.tables.push_back(reached(table, *judgement));
  reach.runs_code = reach.runs_code || std::ranges::any_of(facts.functions, is_users_function);
}

void add_statement(const pipeline::Statement* statement, const Judgement* judgement, SessionCore& core,
                   MessageReach& reach) {
  add_facts(judgement, reach);
  if (statement == nullptr) return;
  reach.fetches = reach.fetches || statement->cursor.kind == pipeline::CursorAction::Kind::fetch;
  if (statement->prepared.kind != pipeline::PreparedAction::Kind::execute) return;
  const NameRegistry::Found executed = core.journal.statements().find(statement->prepared.name);
  add_facts(executed.statement ? executed.statement->judgement.get() : nullptr, reach);
}

// Lines of CONTEXT that tell where in which code something happened, and no more.
bool is_place(std::string_view line) {
  return line.starts_with("PL/pgSQL function ") || line.starts_with("SQL function \"");
}

// COPY FROM tells which of the client's own lines it could not read, Bind which parameter.
bool is_clients_data(std::string_view line) {
  return line.starts_with("COPY ") || line.starts_with("unnamed portal ") || line.starts_with("portal \"");
}

template <class Visit>
void for_each_line(std::string_view text, Visit visit) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    visit(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

// What is asked of one message, answered once.
class Reduction {
 public:
  Reduction(wire::ErrorResponse& message, const MessageReach& reach, const pipeline::MessageRights& rights,
            std::vector<std::string>& storage)
      : message_(message), reach_(reach), rights_(rights), storage_(storage) {
    read_context();
    const auto table = message.find(ErrorField::TableName);
    if (table) {
      const std::string_view schema = message.find(ErrorField::SchemaName).value_or(std::string_view{});
      hidden_ = !rights.may_read(schema, *table);
      partly_hidden_ = hidden_;
      named_by_client_ = std::ranges::any_of(reach.tables, [&](const ReachedTable& touched) {
        return touched.name == *table && touched.schema == schema;
      });
    } else {
      hidden_ = in_code_ || reaches_hidden();
      partly_hidden_ = hidden_ || !std::ranges::all_of(reach.tables, [&](const ReachedTable& touched) {
                         return rights.may_read(touched.schema, touched.name);
                       });
    }
  }

  bool run() {
    if (!authored_) {
      reduce_primary();
      reduce_detail();
      reduce_hint();
    }
    reduce_context();
    erase(ErrorField::InternalQuery);
    erase(ErrorField::InternalPosition);
    if (hidden_ && !named_by_client_) {
      for (const ErrorField field : {ErrorField::SchemaName, ErrorField::TableName, ErrorField::ColumnName,
                                     ErrorField::DataTypeName, ErrorField::ConstraintName}) {
        erase(field);
      }
    }
    return changed_;
  }

 private:
  void read_context() {
    bool first = true;
    for_each_line(message_.find(ErrorField::Where).value_or(std::string_view{}), [&](std::string_view line) {
      if (first) authored_ = line.starts_with("PL/pgSQL function ") && line.ends_with(" at RAISE");
      first = false;
      in_code_ = in_code_ || !is_clients_data(line);
    });
    in_code_ = (in_code_ && !authored_) || message_.find(ErrorField::InternalQuery).has_value();
  }

  [[nodiscard]] bool reaches_hidden() const {
    if (reach_.unknown || reach_.runs_code || (reach_.fetches && rights_.some_cursor_hides())) return true;
    return !std::ranges::all_of(reach_.tables, [&](const ReachedTable& touched) {
      const std::vector<std::string_view> names(touched.columns.begin(), touched.columns.end());
      return rights_.may_read_behind(touched.schema, touched.name, {.every = touched.every, .names = names});
    });
  }

  // The error is about the client's own text, or a value in it.
  [[nodiscard]] bool is_about_text() const {
    return !in_code_ && (reach_.own_text || message_.find(ErrorField::Position).has_value());
  }

  // It names a hidden relation that the client has not named.
  [[nodiscard]] bool names_others() const {
    std::vector<std::string_view> known;
    for (const ReachedTable& touched : reach_.tables) known.emplace_back(touched.name);
    return rights_.names_hidden(message_.message(), known);
  }

  void reduce_primary() {
    const bool constraint = message_.sqlstate().error_class() == "23" && named_by_client_;
    if (constraint || is_about_text() || (!hidden_ && !names_others())) return;
    std::string redacted = audit::redact_error(message_.sqlstate(), message_.message()).text();
    replace(ErrorField::Message, std::move(redacted));
  }

  void reduce_detail() {
    const auto detail = message_.find(ErrorField::Detail);
    if (!detail) return;
    const bool quotes = hidden_ && !quotes_readable_key(*detail);
    // Of the names in the client's text: it may tell where there is a column of that name.
    const bool names = partly_hidden_ && message_.sqlstate().error_class() == "42";
    if (quotes || names || rights_.names_hidden(*detail)) erase(ErrorField::Detail);
  }

  // "Key (a, b)=(1, 2) already exists.": of a table of which some columns may be read, these among them. What is no
  // plain name (an expression, a name in quotes) counts as hidden; values come behind the names.
  [[nodiscard]] bool quotes_readable_key(std::string_view detail) const {
    constexpr std::string_view kBegin = "Key (";
    constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyz0123456789_";
    if (!named_by_client_ || !detail.starts_with(kBegin) || message_.sqlstate() != core::sqlstate::kUniqueViolation) {
      return false;
    }
    std::string_view rest = detail.substr(kBegin.size());
    std::vector<std::string_view> names;
    do {
      if (!names.empty()) rest.remove_prefix(2);
      const std::size_t length = std::min(rest.find_first_not_of(kPlain), rest.size());
      if (length == 0) return false;
      names.push_back(rest.substr(0, length));
      rest.remove_prefix(length);
    } while (rest.starts_with(", "));
    if (!rest.starts_with(")=(")) return false;
    return rights_.may_read(message_.find(ErrorField::SchemaName).value_or(std::string_view{}),
                            *message_.find(ErrorField::TableName), {.every = false, .names = names});
  }

  // Those that give advice and no more have nothing in quotes; others may name any column.
  void reduce_hint() {
    const auto hint = message_.find(ErrorField::Hint);
    if (!hint || hint->find('"') == std::string_view::npos) return;
    if (partly_hidden_ || rights_.names_hidden(*hint)) erase(ErrorField::Hint);
  }

  void reduce_context() {
    const auto context = message_.find(ErrorField::Where);
    if (!context) return;
    std::string kept;
    for_each_line(*context, [&](std::string_view line) {
      const bool harmless = is_place(line) || is_clients_data(line);
      const bool open = !hidden_ && !line.starts_with("SQL ") && !rights_.names_hidden(line);
      if (!harmless && !open) return;
      if (!kept.empty()) kept += '\n';
      kept += line;
    });
    if (kept.empty())
      erase(ErrorField::Where);
    else
      replace(ErrorField::Where, std::move(kept));
  }

  void erase(ErrorField field) {
    if (!message_.find(field)) return;
    message_.erase(field);
    changed_ = true;
  }

  void replace(ErrorField code, std::string text) {
    for (wire::ErrorResponse::Field& field : message_.fields) {
      if (field.code != code || field.value == text) continue;
      field.value = storage_.emplace_back(std::move(text));
      changed_ = true;
      return;
    }
  }

  wire::ErrorResponse& message_;
  const MessageReach& reach_;
  const pipeline::MessageRights& rights_;
  std::vector<std::string>& storage_;
  // Raised by SQL code in its author's words.
  bool authored_ = false;
  // Within a function or a trigger.
  bool in_code_ = false;
  // It may quote what the user may not read.
  bool hidden_ = false;
  // It may name columns that the user may not read.
  bool partly_hidden_ = false;
  bool named_by_client_ = false;
  bool changed_ = false;
};

}  // namespace

MessageReach reach_of_head(SessionCore& core) {
  MessageReach reach;
  if (core.tracker.empty() || core.tracker.has_local() || core.tracker.head().is_own()) {
    reach.unknown = true;
    return reach;
  }
  const wire::ReplyTracker::Entry& head = core.tracker.head();
  if (head.request == wire::ReplyTracker::Request::sync) return reach;
  InFlight& flight = core.journal.flight(head.payload);
  reach.own_text = flight.kind == InFlight::Kind::parse || flight.kind == InFlight::Kind::bind;
  // A portal that no Bind made is a cursor of SQL.
  reach.fetches = flight.kind == InFlight::Kind::execute && !flight.prepared;
  if (flight.prepared) {
    if (flight.prepared->judgement) {
      add_statement(flight.prepared->statement(), flight.prepared->judgement.get(), core, reach);
    }
    return reach;
  }
  for (std::size_t i = 0; i < flight.statements.size(); ++i) {
    const bool known = flight.analysis && i < flight.analysis->statements.size();
    add_statement(known ? &flight.analysis->statements[i] : nullptr, flight.statements[i].judgement().get(), core,
                  reach);
  }
  return reach;
}

bool reduce_message(wire::ErrorResponse& message, const MessageReach& reach, const pipeline::MessageRights& rights,
                    std::vector<std::string>& storage) {
  if (rights.unrestricted()) return false;
  // So that the fields' views stay good.
  storage.reserve(storage.size() + 2);
  return Reduction(message, reach, rights, storage).run();
}

}  // namespace sqlproxy::frontend
