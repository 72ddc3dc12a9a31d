// TreeWalker: the parts that DDL statements are made of.
#include "pipeline/tree_walker.hpp"

namespace sqlproxy::pipeline {

bool TreeWalker::visit_definition(const Node* node, const Context& context) {
  switch (nodeTag(node)) {
    case T_ColumnDef: {
      const ColumnDef& column = as<ColumnDef>(node);
      push(context, column.typeName, column.raw_default, column.collClause, column.constraints, column.fdwoptions);
      return true;
    }
    case T_Constraint: {
      const Constraint& constraint = as<Constraint>(node);
      // A foreign key binds the table that it references, and tells which values are in it.
      if (constraint.pktable != nullptr) references_.add_relation(*constraint.pktable, StatementType::ddl);
      push(context, constraint.raw_expr, constraint.where_clause);
      for (const ListCell& cell : cells(constraint.exclusions)) {
        const List& exclusion = as<List>(node_in(cell));  // (IndexElem, operator's name)
        push_node(node_at(&exclusion, 0), context);
        references_.add_operator(&as<List>(node_at(&exclusion, 1)));
      }
      if (constraint.contype == CONSTR_IDENTITY) {
        read_sequence_options(constraint.options, context);
      } else {
        push(context, constraint.options);
      }
      return true;
    }
    // Options whose values refer to something are read where they belong; those of WITH (...), COPY, EXPLAIN and VACUUM
    // are words and numbers, though `WITH (buffering = off)` looks like a type to the grammar.
    case T_DefElem: return true;
    case T_TableLikeClause:
      references_.add_relation(*as<TableLikeClause>(node).relation, StatementType::select);
      return true;
    case T_FunctionParameter:
      push(context, as<FunctionParameter>(node).argType, as<FunctionParameter>(node).defexpr);
      return true;
    case T_AlterTableCmd: read_alter_table_command(as<AlterTableCmd>(node), context); return true;
    // The options of CREATE FUNCTION ... SET; a session's SET is read where statements are (StatementReader).
    case T_VariableSetStmt: push(context, as<VariableSetStmt>(node).args); return true;
    case T_ReplicaIdentityStmt: return true;
    default: return visit_index_part(node, context);
  }
}

bool TreeWalker::visit_index_part(const Node* node, const Context& context) {
  switch (nodeTag(node)) {
    // Operator classes are not followed: only a superuser creates them.
    case T_IndexElem: push(context, as<IndexElem>(node).expr, as<IndexElem>(node).opclassopts); return true;
    case T_StatsElem: push(context, as<StatsElem>(node).expr); return true;
    case T_PartitionSpec: push(context, as<PartitionSpec>(node).partParams); return true;
    case T_PartitionElem: push(context, as<PartitionElem>(node).expr); return true;
    case T_PartitionBoundSpec: {
      const PartitionBoundSpec& bound = as<PartitionBoundSpec>(node);
      push(context, bound.listdatums, bound.lowerdatums, bound.upperdatums);
      return true;
    }
    case T_PartitionCmd:
      references_.add_relation(*as<PartitionCmd>(node).name, StatementType::ddl);
      push(context, as<PartitionCmd>(node).bound);
      return true;
    default: return false;
  }
}

// DEFAULT, USING and CHECK are expressions; the other tables are those that are attached, inherited or referenced.
void TreeWalker::read_alter_table_command(const AlterTableCmd& command, const Context& context) {
  if (is(command.def, T_RangeVar)) {
    references_.add_relation(as<RangeVar>(command.def), StatementType::ddl);
    return;
  }
  if (command.subtype == AT_GenericOptions) read_foreign_options(&as<List>(command.def));
  if (command.subtype == AT_AddIdentity || command.subtype == AT_SetIdentity) {
    if (is(command.def, T_List)) {
      read_sequence_options(&as<List>(command.def), context);
      return;
    }
  }
  push(context, command.def);
}

// Those of CREATE and ALTER SEQUENCE, and of identity columns. OWNED BY ties the sequence to another table's column;
// SEQUENCE NAME names the sequence to create.
void TreeWalker::read_sequence_options(const List* options, const Context& context) {
  for (const ListCell& cell : cells(options)) {
    const DefElem& option = as<DefElem>(node_in(cell));
    const std::string_view name = text_of(option.defname);
    if (name == "owned_by" && is(option.arg, T_List)) {
      const List* column = &as<List>(option.arg);
      if (cells(column).size() < 2) continue;  // OWNED BY NONE
      references_.add_object(ObjectKind::relation, qualified_name_of_owner(column), StatementType::ddl);
    } else if (name == "sequence_name" && is(option.arg, T_List)) {
      references_.add_object(ObjectKind::relation, &as<List>(option.arg), StatementType::ddl, true);
    } else {
      push(context, option.arg);
    }
  }
}

// file_fdw reads a file of the server's or runs a program there, whatever the foreign server is called.
void TreeWalker::read_foreign_options(const List* options) {
  for (const ListCell& cell : cells(options)) {
    const std::string_view name = text_of(as<DefElem>(node_in(cell)).defname);
    if (name == "filename" || name == "program") references_.add_database(StatementType::server_file);
  }
}

}  // namespace sqlproxy::pipeline
