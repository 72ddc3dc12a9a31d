#include "pipeline/pg_query_tree.hpp"

#include "pipeline/parser.hpp"

namespace sqlproxy::pipeline {
namespace {

// The first statement of a tree that must have one of this kind.
[[nodiscard]] const Node* statement_of(const core::Result<ParseTree>& tree, NodeTag tag) {
  if (!tree || cells(tree->statements()).size() != 1) return nullptr;
  const Node* raw = node_at(tree->statements(), 0);
  const Node* statement = is(raw, T_RawStmt) ? as<RawStmt>(raw).stmt : nullptr;
  return is(statement, tag) ? statement : nullptr;
}

[[nodiscard]] bool select_is_sound() {
  const auto tree = ParseTree::parse("SELECT f(a.b, 'x') FROM s.t AS a WHERE a.b = 1 ORDER BY 1 LIMIT 2 FOR UPDATE");
  const Node* node = statement_of(tree, T_SelectStmt);
  if (node == nullptr) return false;
  const SelectStmt& select = as<SelectStmt>(node);
  const Node* target = node_at(select.targetList, 0);
  const Node* call = is(target, T_ResTarget) ? as<ResTarget>(target).val : nullptr;
  const Node* table = node_at(select.fromClause, 0);
  if (!is(call, T_FuncCall) || !is(table, T_RangeVar) || !is(select.whereClause, T_A_Expr)) return false;
  const Node* constant = node_at(as<FuncCall>(call).args, 1);
  const RangeVar& relation = as<RangeVar>(table);
  return is(node_at(as<FuncCall>(call).args, 0), T_ColumnRef) && is(constant, T_A_Const) &&
         text_of(as<A_Const>(constant).val.sval.sval) == "x" && text_of(relation.schemaname) == "s" &&
         text_of(relation.relname) == "t" && text_of(relation.alias->aliasname) == "a" && relation.location == 24 &&
         is(as<A_Expr>(select.whereClause).rexpr, T_A_Const) && is(select.limitCount, T_A_Const) &&
         is(node_at(select.sortClause, 0), T_SortBy) && is(node_at(select.lockingClause, 0), T_LockingClause) &&
         select.withClause == nullptr && select.op == SETOP_NONE && select.larg == nullptr;
}

[[nodiscard]] bool merge_is_sound() {
  const auto tree = ParseTree::parse("MERGE INTO t USING s ON a = b WHEN NOT MATCHED THEN INSERT VALUES (1)");
  const Node* node = statement_of(tree, T_MergeStmt);
  if (node == nullptr) return false;
  const Node* when = node_at(as<MergeStmt>(node).mergeWhenClauses, 0);
  return is(when, T_MergeWhenClause) && !as<MergeWhenClause>(when).matched &&
         as<MergeWhenClause>(when).commandType == CMD_INSERT && cells(as<MergeWhenClause>(when).values).size() == 1;
}

// The last tags of the enumeration and the longest of the structs.
[[nodiscard]] bool ddl_is_sound() {
  const auto publication = ParseTree::parse("CREATE PUBLICATION p FOR TABLE s.t WHERE (a > 1)");
  const Node* node = statement_of(publication, T_CreatePublicationStmt);
  if (node == nullptr) return false;
  const Node* object = node_at(as<CreatePublicationStmt>(node).pubobjects, 0);
  if (!is(object, T_PublicationObjSpec) || !is(as_node(as<PublicationObjSpec>(object).pubtable), T_PublicationTable)) {
    return false;
  }
  const PublicationTable& published = *as<PublicationObjSpec>(object).pubtable;
  if (text_of(published.relation->relname) != "t" || !is(published.whereClause, T_A_Expr)) return false;

  const auto table = ParseTree::parse("CREATE TABLE t (a int REFERENCES s.r)");
  node = statement_of(table, T_CreateStmt);
  const Node* column = node == nullptr ? nullptr : node_at(as<CreateStmt>(node).tableElts, 0);
  const Node* constraint = is(column, T_ColumnDef) ? node_at(as<ColumnDef>(column).constraints, 0) : nullptr;
  if (!is(constraint, T_Constraint) || as<Constraint>(constraint).contype != CONSTR_FOREIGN) return false;
  if (text_of(as<Constraint>(constraint).pktable->relname) != "r") return false;

  const auto alter = ParseTree::parse("ALTER TABLE t DETACH PARTITION p");
  node = statement_of(alter, T_AlterTableStmt);
  const Node* command = node == nullptr ? nullptr : node_at(as<AlterTableStmt>(node).cmds, 0);
  return is(command, T_AlterTableCmd) && as<AlterTableCmd>(command).subtype == AT_DetachPartition &&
         is(as<AlterTableCmd>(command).def, T_PartitionCmd);
}

}  // namespace

bool tree_layout_is_sound() {
  return select_is_sound() && merge_is_sound() && ddl_is_sound();
}

}  // namespace sqlproxy::pipeline
