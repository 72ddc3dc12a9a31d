// TreeWalker: statements that are neither queries nor DDL.
#include "pipeline/tree_walker.hpp"

namespace sqlproxy::pipeline {

using enum StatementType;

bool TreeWalker::visit_session_statement(const Node* node, const Context& context) {
  switch (nodeTag(node)) {
    // Nothing in them refers to an object; what they do is in the Statement's own fields.
    case T_ClosePortalStmt:
    case T_ConstraintsSetStmt:
    case T_DeallocateStmt:
    case T_DiscardStmt:
    case T_FetchStmt:
    case T_VariableShowStmt: return true;
    case T_TransactionStmt: {
      const TransactionStmtKind kind = as<TransactionStmt>(node).kind;
      const bool two_phase =
          kind == TRANS_STMT_PREPARE || kind == TRANS_STMT_COMMIT_PREPARED || kind == TRANS_STMT_ROLLBACK_PREPARED;
      if (two_phase) references_.add_database(maintenance);
      return true;
    }
    case T_ExplainStmt: push(context, as<ExplainStmt>(node).query, as<ExplainStmt>(node).options); return true;
    case T_PrepareStmt:
      push(context, as<PrepareStmt>(node).argtypes);
      push(context.taken_by(ScopeTaker::Kind::result), as<PrepareStmt>(node).query);
      return true;
    case T_ExecuteStmt:
      // Also inside EXPLAIN and CREATE TABLE AS.
      references_.statement().prepared = {PreparedAction::Kind::execute,
                                          std::string(text_of(as<ExecuteStmt>(node).name))};
      push(context, as<ExecuteStmt>(node).params);
      return true;
    case T_DeclareCursorStmt:
      push(context.taken_by(ScopeTaker::Kind::result), as<DeclareCursorStmt>(node).query);
      return true;
    case T_CallStmt: push(context, as<CallStmt>(node).funccall); return true;
    case T_DoStmt:
      references_.add_database(do_block);  // its body is text
      return true;
    case T_LoadStmt: references_.add_database(server_file); return true;
    case T_ListenStmt:
    case T_NotifyStmt: references_.add_database(notify); return true;
    case T_UnlistenStmt:
      if (as<UnlistenStmt>(node).conditionname != nullptr) references_.add_database(notify);
      return true;
    default: return visit_maintenance(node, context);
  }
}

// As in PostgreSQL, who may read a table may keep others from dropping it meanwhile.
void TreeWalker::read_lock(const LockStmt& statement) {
  constexpr int kAccessShareLock = 1;  // storage/lockdefs.h
  for (const ListCell& cell : cells(statement.relations)) {
    const RangeVar& relation = as<RangeVar>(node_in(cell));
    if (statement.mode == kAccessShareLock) {
      references_.require_any(references_.add_relation(relation, {}), StatementTypes(select) | lock);
    } else {
      references_.add_relation(relation, lock);
    }
  }
}

bool TreeWalker::visit_maintenance(const Node* node, const Context& context) {
  switch (nodeTag(node)) {
    case T_LockStmt: read_lock(as<LockStmt>(node)); return true;
    case T_TruncateStmt: {
      const TruncateStmt& statement = as<TruncateStmt>(node);
      for (const ListCell& cell : cells(statement.relations)) {
        references_.add_relation(as<RangeVar>(node_in(cell)), truncate);
      }
      if (statement.behavior == DROP_CASCADE) {
        // Empties every table that references one of these, which the text does not tell.
        references_.statement().cascades = true;
        references_.add_database(truncate);
      }
      return true;
    }
    case T_VacuumStmt: {
      const VacuumStmt& vacuum = as<VacuumStmt>(node);
      for (const ListCell& cell : cells(vacuum.rels)) {
        references_.add_relation(*as<VacuumRelation>(node_in(cell)).relation, maintenance);
      }
      if (vacuum.rels == nullptr) references_.add_database(maintenance);
      push(context, vacuum.options);
      return true;
    }
    case T_ClusterStmt:
      if (as<ClusterStmt>(node).relation != nullptr) {
        references_.add_relation(*as<ClusterStmt>(node).relation, maintenance);
      } else {
        references_.add_database(maintenance);
      }
      return true;
    case T_ReindexStmt: {
      const ReindexStmt& reindex = as<ReindexStmt>(node);
      if (reindex.relation != nullptr) {
        references_.add_relation(*reindex.relation, maintenance);
      } else if (reindex.kind == REINDEX_OBJECT_SCHEMA) {
        references_.add_schema(text_of(reindex.name), maintenance);
      } else {
        references_.add_database(maintenance);
      }
      return true;
    }
    case T_RefreshMatViewStmt:
      references_.add_relation(*as<RefreshMatViewStmt>(node).relation, maintenance);
      return true;
    case T_CheckPointStmt: references_.add_database(maintenance); return true;
    default: return false;
  }
}

}  // namespace sqlproxy::pipeline
