#include "pipeline/statement_reader.hpp"

#include <string>
#include <utility>

#include "pipeline/ascii_case.hpp"
#include "pipeline/copy_options.hpp"
#include "pipeline/setting_call.hpp"
#include "pipeline/statement_tag.hpp"

namespace sqlproxy::pipeline {
namespace {

[[nodiscard]] TransactionControl read_transaction(const TransactionStmt& statement) {
  using Kind = TransactionControl::Kind;
  TransactionControl control{.name = std::string(text_of(statement.savepoint_name)), .chain = statement.chain};
  switch (statement.kind) {
    case TRANS_STMT_BEGIN:
    case TRANS_STMT_START: control.kind = Kind::begin; break;
    case TRANS_STMT_COMMIT: control.kind = Kind::commit; break;
    case TRANS_STMT_ROLLBACK: control.kind = Kind::rollback; break;
    case TRANS_STMT_SAVEPOINT: control.kind = Kind::savepoint; break;
    case TRANS_STMT_RELEASE: control.kind = Kind::release; break;
    case TRANS_STMT_ROLLBACK_TO: control.kind = Kind::rollback_to; break;
    case TRANS_STMT_PREPARE: control.kind = Kind::prepare_transaction; break;
    case TRANS_STMT_COMMIT_PREPARED: control.kind = Kind::commit_prepared; break;
    case TRANS_STMT_ROLLBACK_PREPARED: control.kind = Kind::rollback_prepared; break;
  }
  return control;
}

void read_discard(DiscardMode mode, Statement& statement) {
  switch (mode) {
    case DISCARD_ALL:
      statement.discard = DiscardAction::all;
      statement.settings.push_back(SettingChange{.kind = SettingChange::Kind::reset_all});
      break;
    case DISCARD_PLANS: statement.discard = DiscardAction::plans; break;
    case DISCARD_SEQUENCES: statement.discard = DiscardAction::sequences; break;
    case DISCARD_TEMP: statement.discard = DiscardAction::temp; break;
  }
}

void read_set(const VariableSetStmt& set, Statement& statement) {
  if (statement.type == StatementType::transaction) {
    statement.transaction.kind = TransactionControl::Kind::set_transaction;
  } else {
    read_setting_statement(set, statement.settings);
  }
}

void read_copy_direction(const CopyStmt& copy, Statement& statement) {
  const bool over_connection = copy.filename == nullptr && !copy.is_program;
  if (!over_connection) return;
  statement.copy = copy.is_from ? CopyDirection::from_stdin : CopyDirection::to_stdout;
  statement.copy_format = read_copy_format(copy);
}

void read_deallocate(const DeallocateStmt& deallocate, Statement& statement) {
  using Kind = PreparedAction::Kind;
  statement.prepared.kind = deallocate.name == nullptr ? Kind::deallocate_all : Kind::deallocate;
  statement.prepared.name = text_of(deallocate.name);
}

void read_cursor(const Node* node, Statement& statement) {
  using Kind = CursorAction::Kind;
  CursorAction& cursor = statement.cursor;
  if (is(node, T_DeclareCursorStmt)) {
    const DeclareCursorStmt& declare = as<DeclareCursorStmt>(node);
    cursor = {Kind::declare, std::string(text_of(declare.portalname)), (declare.options & CURSOR_OPT_HOLD) != 0};
  } else if (is(node, T_FetchStmt)) {
    const FetchStmt& fetch = as<FetchStmt>(node);
    cursor = {fetch.ismove ? Kind::move : Kind::fetch, std::string(text_of(fetch.portalname)), false};
  } else {
    const char* name = as<ClosePortalStmt>(node).portalname;
    cursor = {name == nullptr ? Kind::close_all : Kind::close, std::string(text_of(name)), false};
  }
}

void read_show(const VariableShowStmt& show, Statement& statement) {
  using Kind = ShowAction::Kind;
  const std::string name = ascii_lower(text_of(show.name));
  statement.show = name == "all" ? ShowAction{Kind::all, {}} : ShowAction{Kind::some, {name}};
}

void read_unlisten(const UnlistenStmt& unlisten, Statement& statement) {
  using Kind = ListenAction::Kind;
  const bool all = unlisten.conditionname == nullptr;
  statement.listen = {all ? Kind::unlisten_all : Kind::unlisten, std::string(text_of(unlisten.conditionname))};
}

void read_actions(const Node* node, Statement& statement) {
  switch (nodeTag(node)) {
    case T_TransactionStmt: statement.transaction = read_transaction(as<TransactionStmt>(node)); break;
    case T_VariableSetStmt: read_set(as<VariableSetStmt>(node), statement); break;
    case T_VariableShowStmt: read_show(as<VariableShowStmt>(node), statement); break;
    case T_DiscardStmt: read_discard(as<DiscardStmt>(node).target, statement); break;
    case T_CopyStmt: read_copy_direction(as<CopyStmt>(node), statement); break;
    case T_PrepareStmt:
      statement.prepared = {PreparedAction::Kind::prepare, std::string(text_of(as<PrepareStmt>(node).name))};
      break;
    case T_DeallocateStmt: read_deallocate(as<DeallocateStmt>(node), statement); break;
    case T_DeclareCursorStmt:
    case T_FetchStmt:
    case T_ClosePortalStmt: read_cursor(node, statement); break;
    case T_ListenStmt:
      statement.listen = {ListenAction::Kind::listen, std::string(text_of(as<ListenStmt>(node).conditionname))};
      break;
    case T_UnlistenStmt: read_unlisten(as<UnlistenStmt>(node), statement); break;
    case T_LoadStmt: statement.loads_library = true; break;
    default: break;
  }
}

}  // namespace

void read_statement(const RawStmt& raw, std::size_t text_size, Statement& statement) {
  StatementTag tag = tag_of(raw.stmt);
  statement.type = tag.type;
  statement.sub_type = std::move(tag.sub_type);
  statement.offset = static_cast<std::size_t>(raw.stmt_location);
  // Zero stands for the rest of the text.
  statement.length = raw.stmt_len > 0 ? static_cast<std::size_t>(raw.stmt_len) : text_size - statement.offset;
  statement.returns_rows = returns_rows(raw.stmt);
  statement.changes_catalog = statement.type == StatementType::ddl || statement.type == StatementType::dcl;
  read_actions(raw.stmt, statement);
}

}  // namespace sqlproxy::pipeline
