// TreeWalker: DDL about relations and what hangs on them.
#include "pipeline/tree_walker.hpp"

namespace sqlproxy::pipeline {

using enum StatementType;

bool TreeWalker::visit_table_statement(const Node* node, const Context& context) {
  switch (nodeTag(node)) {
    case T_CreateStmt: read_create_table(as<CreateStmt>(node), context); return true;
    case T_CreateForeignTableStmt:
      read_create_table(as<CreateForeignTableStmt>(node).base, context);
      read_foreign_options(as<CreateForeignTableStmt>(node).options);
      push(context, as<CreateForeignTableStmt>(node).options);
      return true;
    case T_CreateTableAsStmt:
      push(context, as<CreateTableAsStmt>(node).into, as<CreateTableAsStmt>(node).query);
      return true;
    case T_ViewStmt:
      references_.add_created_relation(*as<ViewStmt>(node).view);
      push(context, as<ViewStmt>(node).query, as<ViewStmt>(node).options);
      return true;
    case T_IndexStmt: {
      const IndexStmt& index = as<IndexStmt>(node);
      references_.add_relation(*index.relation, ddl);
      push(context, index.indexParams, index.indexIncludingParams, index.options, index.whereClause);
      return true;
    }
    case T_CreateSeqStmt:
      references_.add_created_relation(*as<CreateSeqStmt>(node).sequence);
      read_sequence_options(as<CreateSeqStmt>(node).options, context);
      return true;
    case T_AlterSeqStmt:
      references_.add_relation(*as<AlterSeqStmt>(node).sequence, ddl);
      read_sequence_options(as<AlterSeqStmt>(node).options, context);
      return true;
    case T_AlterTableStmt: {
      const AlterTableStmt& alter = as<AlterTableStmt>(node);
      if (alter.objtype == OBJECT_TYPE) {
        references_.add_object(ObjectKind::type, qualified_name(*alter.relation), ddl);
      } else {
        references_.add_relation(*alter.relation, ddl);
      }
      push(context, alter.cmds);
      return true;
    }
    case T_AlterTableMoveAllStmt: references_.add_database(ddl); return true;
    case T_CreateSchemaStmt: read_create_schema(as<CreateSchemaStmt>(node), context); return true;
    default: return visit_table_attachment(node, context);
  }
}

bool TreeWalker::visit_table_attachment(const Node* node, const Context& context) {
  switch (nodeTag(node)) {
    case T_RuleStmt:
      references_.add_relation(*as<RuleStmt>(node).relation, ddl);
      push(context, as<RuleStmt>(node).whereClause, as<RuleStmt>(node).actions);
      return true;
    case T_CreateTrigStmt: {
      const CreateTrigStmt& trigger = as<CreateTrigStmt>(node);
      references_.add_relation(*trigger.relation, ddl);
      if (trigger.constrrel != nullptr) references_.add_relation(*trigger.constrrel, ddl);
      references_.add_function(trigger.funcname, 0);  // its arguments are the trigger's, not the function's
      push(context, trigger.whenClause);
      return true;
    }
    case T_CreatePolicyStmt:
      references_.add_relation(*as<CreatePolicyStmt>(node).table, ddl);
      push(context, as<CreatePolicyStmt>(node).qual, as<CreatePolicyStmt>(node).with_check);
      return true;
    case T_AlterPolicyStmt:
      references_.add_relation(*as<AlterPolicyStmt>(node).table, ddl);
      push(context, as<AlterPolicyStmt>(node).qual, as<AlterPolicyStmt>(node).with_check);
      return true;
    case T_CreateStatsStmt: {
      const CreateStatsStmt& statistics = as<CreateStatsStmt>(node);
      references_.add_in_schema(statistics.defnames, ddl, true);
      for (const ListCell& cell : cells(statistics.relations)) {
        // The grammar takes any item of FROM here; PostgreSQL then refuses all but tables.
        if (is(node_in(cell), T_RangeVar)) {
          references_.add_relation(as<RangeVar>(node_in(cell)), ddl);
        } else {
          push_node(node_in(cell), context);
        }
      }
      push(context, statistics.exprs);
      return true;
    }
    case T_AlterStatsStmt: references_.add_in_schema(as<AlterStatsStmt>(node).defnames, ddl); return true;
    default: return false;
  }
}

void TreeWalker::read_create_table(const CreateStmt& create, const Context& context) {
  references_.add_created_relation(*create.relation);
  references_.statement().drops_at_commit = create.oncommit == ONCOMMIT_DROP;
  for (const ListCell& cell : cells(create.inhRelations)) {
    references_.add_relation(as<RangeVar>(node_in(cell)), ddl);
  }
  push(context, create.tableElts, create.partbound, create.partspec, create.ofTypename, create.constraints,
       create.options);
}

// What the elements create without a schema belongs to the new one. What they refer to is resolved as if it were not
// there yet: it can hold nothing but what this statement creates.
void TreeWalker::read_create_schema(const CreateSchemaStmt& create, const Context& context) {
  std::string_view schema = text_of(create.schemaname);
  if (schema.empty() && create.authrole != nullptr) schema = text_of(create.authrole->rolename);
  if (schema.empty()) {
    references_.add_database(ddl);  // named after the current role
  } else {
    references_.add_schema(schema, ddl, true);
    references_.set_creation_schema(schema);
  }
  push(context, create.schemaElts);
}

}  // namespace sqlproxy::pipeline
