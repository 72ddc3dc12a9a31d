// TreeWalker: SELECT, INSERT, UPDATE, DELETE, MERGE and COPY, with the scope of WITH names and of the table that is
// written.
#include <algorithm>

#include "pipeline/tree_walker.hpp"

namespace sqlproxy::pipeline {
namespace {

[[nodiscard]] std::string_view reference_name(const RangeVar& relation) {
  return relation.alias != nullptr ? text_of(relation.alias->aliasname) : text_of(relation.relname);
}

// SELECT ... FOR UPDATE/SHARE, besides SELECT.
constexpr StatementTypes kLocksRows = StatementTypes(StatementType::update) | StatementType::lock;

[[nodiscard]] bool is_bare_star(const Node* value) {
  return is(value, T_ColumnRef) && is(node_at(as<ColumnRef>(value).fields, 0), T_A_Star);
}

[[nodiscard]] bool has_bare_star(const List* targets) {
  return std::ranges::any_of(cells(targets),
                             [](const ListCell& cell) { return is_bare_star(as<ResTarget>(node_in(cell)).val); });
}

[[nodiscard]] bool locks_everything(const List* clauses) {
  return std::ranges::any_of(
      cells(clauses), [](const ListCell& cell) { return as<LockingClause>(node_in(cell)).lockedRels == nullptr; });
}

}  // namespace

template <class T>
const T* TreeWalker::keep(const T& frame) {
  return std::pmr::polymorphic_allocator<>(&memory_).new_object<T>(frame);
}

bool TreeWalker::visit_query(const Node* node, const Context& context) {
  const Context inside = context.inside();
  switch (nodeTag(node)) {
    case T_SelectStmt: read_select(as<SelectStmt>(node), context); return true;
    case T_InsertStmt: read_insert(as<InsertStmt>(node), inside); return true;
    case T_UpdateStmt: read_update(as<UpdateStmt>(node), inside); return true;
    case T_DeleteStmt: read_delete(as<DeleteStmt>(node), inside); return true;
    case T_MergeStmt: read_merge(as<MergeStmt>(node), inside); return true;
    case T_CopyStmt: read_copy(as<CopyStmt>(node), inside); return true;
    case T_ReturnStmt: push(inside, as<ReturnStmt>(node).returnval); return true;
    case T_IntoClause:
      references_.add_created_relation(*as<IntoClause>(node).rel);
      push(inside, as<IntoClause>(node).options);
      return true;
    case T_InferClause: push(inside, as<InferClause>(node).indexElems, as<InferClause>(node).whereClause); return true;
    case T_OnConflictClause: {
      const OnConflictClause& clause = as<OnConflictClause>(node);
      push(inside, clause.infer, clause.targetList, clause.whereClause);
      return true;
    }
    case T_CTESearchClause: return true;
    case T_CTECycleClause:
      push(inside, as<CTECycleClause>(node).cycle_mark_value, as<CTECycleClause>(node).cycle_mark_default);
      return true;
    default: return false;
  }
}

bool TreeWalker::visit_from(const Node* node, const Context& context) {
  const Context inside = context.inside();
  switch (nodeTag(node)) {
    case T_RangeVar: read_from_relation(as<RangeVar>(node), context); return true;
    case T_JoinExpr: {
      const JoinExpr& join = as<JoinExpr>(node);
      if (join.isNatural || join.usingClause != nullptr) references_.add_operator("=");
      for (const ListCell& column : cells(join.usingClause)) column_uses_.add(text_of(node_in(column)));
      if (join.isNatural || join.alias != nullptr || join.join_using_alias != nullptr) column_uses_.give_up();
      push(context, join.larg, join.rarg);
      push(inside, join.quals);
      return true;
    }
    case T_RangeSubselect: {
      const RangeSubselect& subselect = as<RangeSubselect>(node);
      // FOR UPDATE of a sub-select locks all that it selects from.
      Context below = inside;
      below.lock_all = is_locked(subselect.alias == nullptr ? "" : text_of(subselect.alias->aliasname), context);
      push(below, subselect.subquery);
      return true;
    }
    case T_RangeFunction:
      push(inside, as<RangeFunction>(node).functions, as<RangeFunction>(node).coldeflist);
      return true;
    case T_RangeTableSample: {
      const RangeTableSample& sample = as<RangeTableSample>(node);
      references_.add_function(sample.method, 1);
      push(context, sample.relation);
      push(inside, sample.args, sample.repeatable);
      return true;
    }
    case T_RangeTableFunc: {
      const RangeTableFunc& function = as<RangeTableFunc>(node);
      push(inside, function.docexpr, function.rowexpr, function.namespaces, function.columns);
      return true;
    }
    case T_RangeTableFuncCol: {
      const RangeTableFuncCol& column = as<RangeTableFuncCol>(node);
      push(inside, column.typeName, column.colexpr, column.coldefexpr);
      return true;
    }
    default: return false;
  }
}

// The names of WITH are seen by what follows in the list (by all of it when RECURSIVE) and by the statement.
const TreeWalker::CteFrame* TreeWalker::open_with(const WithClause* with, const Context& context) {
  if (with == nullptr) return context.ctes;
  const auto ctes = cells(with->ctes);
  const CteFrame* all = keep(CteFrame{context.ctes, with->ctes, ctes.size()});
  for (std::size_t i = 0; i < ctes.size(); ++i) {
    const CommonTableExpr& cte = as<CommonTableExpr>(node_in(ctes[i]));
    Context within = context.inside();
    within.ctes = with->recursive ? all : keep(CteFrame{context.ctes, with->ctes, i});
    push(within, cte.ctequery, cte.search_clause, cte.cycle_clause);
  }
  return all;
}

bool TreeWalker::is_cte(std::string_view name, const CteFrame* frame) {
  for (; frame != nullptr; frame = frame->outer) {
    const auto visible = cells(frame->ctes).first(frame->visible);
    spend(visible.size() + 1);
    const auto has_name = [name](const ListCell& cell) {
      return text_of(as<CommonTableExpr>(node_in(cell)).ctename) == name;
    };
    if (std::ranges::any_of(visible, has_name)) return true;
    if (steps_left_ == 0) return false;  // the walk ends without a result
  }
  return false;
}

// `name` is what OF would call the item of FROM: its alias, or else its table.
bool TreeWalker::is_locked(std::string_view name, const Context& context) {
  if (context.lock_all) return true;
  for (const ListCell& cell : cells(context.locking)) {
    const auto locked = cells(as<LockingClause>(node_in(cell)).lockedRels);
    spend(locked.size());
    const auto is_it = [name](const ListCell& item) { return text_of(as<RangeVar>(node_in(item)).relname) == name; };
    if (std::ranges::any_of(locked, is_it)) return true;
  }
  return false;
}

void TreeWalker::read_from_relation(const RangeVar& relation, const Context& context) {
  const bool unqualified = relation.schemaname == nullptr && relation.catalogname == nullptr;
  if (unqualified && is_cte(text_of(relation.relname), context.ctes)) return;
  const std::size_t object = references_.add_relation(relation, StatementType::select);
  if (&relation == settings_view_.view) {
    references_.statement().objects[object].spares_sensitive_columns = true;
  } else {
    column_uses_.add_source(relation, object, context.starred);
  }
  if (is_locked(reference_name(relation), context)) references_.require_any(object, kLocksRows);
}

void TreeWalker::read_select(const SelectStmt& select, const Context& context) {
  Context inside = context.inside();
  inside.ctes = open_with(select.withClause, context);
  Context column = inside;
  if (as_node(&select) == root_) {
    column.certain = only_sets(select);
    read_settings_view(select);
  }
  Context from = inside;
  from.lock_all = context.lock_all || locks_everything(select.lockingClause);
  from.locking = select.lockingClause;
  from.starred = has_bare_star(select.targetList);
  push(from, select.larg, select.rarg);
  push(inside, select.intoClause, select.distinctClause);
  push(column, select.targetList);
  push(from, select.fromClause);
  push(inside, select.whereClause, select.groupClause, select.havingClause, select.windowClause, select.valuesLists,
       select.sortClause, select.limitOffset, select.limitCount);
}

void TreeWalker::read_settings_view(const SelectStmt& select) {
  settings_view_ = read_settings_view_query(select);
  if (settings_view_.view == nullptr) return;
  references_.statement().show = {ShowAction::Kind::some, settings_view_.names};
  if (settings_view_.call != nullptr) references_.add_setting(read_settings_view_call(settings_view_));
}

TreeWalker::Context TreeWalker::with_target(const Context& context, const RangeVar& relation, std::size_t object) {
  Context own = context;
  own.target = keep(WriteTarget{context.target, object, reference_name(relation)});
  return own;
}

void TreeWalker::read_returning(const List* returning, const Context& context) {
  for (const ListCell& cell : cells(returning)) {
    if (!is_bare_star(as<ResTarget>(node_in(cell)).val)) continue;
    references_.require(context.target->object, StatementType::select);
    // The columns of USING's and FROM's tables are in it too.
    column_uses_.give_up();
  }
  push(context, returning);
}

// The rows come from outside the table's scope; ON CONFLICT and RETURNING see its columns. An arbiter, ON CONFLICT (a),
// and `excluded.a` need SELECT on the columns just as reading them does.
void TreeWalker::read_insert(const InsertStmt& insert, const Context& context) {
  Context inside = context;
  inside.ctes = open_with(insert.withClause, context);
  const std::size_t object = references_.add_relation(*insert.relation, StatementType::insert);
  const Context own = with_target(inside, *insert.relation, object);
  push(own, insert.cols);
  push(inside, insert.selectStmt);
  if (const OnConflictClause* conflict = insert.onConflictClause; conflict != nullptr) {
    if (conflict->infer != nullptr) references_.require(object, StatementType::select);
    if (conflict->action == ONCONFLICT_UPDATE) references_.require(object, StatementType::update);
    push(own, conflict);
  }
  read_returning(insert.returningList, own);
}

void TreeWalker::read_update(const UpdateStmt& update, const Context& context) {
  Context inside = context;
  inside.ctes = open_with(update.withClause, context);
  const std::size_t object = references_.add_relation(*update.relation, StatementType::update);
  const Context own = with_target(inside, *update.relation, object);
  if (names_settings_view(*update.relation)) {
    references_.add_setting(SettingChange{.name_known = false, .by_function = true, .conditional = true});
  }
  push(own, update.targetList);
  push(inside, update.fromClause);
  push(own, update.whereClause);
  read_returning(update.returningList, own);
}

void TreeWalker::read_delete(const DeleteStmt& remove, const Context& context) {
  Context inside = context;
  inside.ctes = open_with(remove.withClause, context);
  const std::size_t object = references_.add_relation(*remove.relation, StatementType::delete_);
  const Context own = with_target(inside, *remove.relation, object);
  push(inside, remove.usingClause);
  push(own, remove.whereClause);
  read_returning(remove.returningList, own);
}

void TreeWalker::read_merge(const MergeStmt& merge, const Context& context) {
  Context inside = context;
  inside.ctes = open_with(merge.withClause, context);
  const std::size_t object = references_.add_relation(*merge.relation, StatementType::merge);
  const Context own = with_target(inside, *merge.relation, object);
  push(inside, merge.sourceRelation);
  push(own, merge.joinCondition);
  for (const ListCell& cell : cells(merge.mergeWhenClauses)) {
    const MergeWhenClause& when = as<MergeWhenClause>(node_in(cell));
    if (when.commandType == CMD_INSERT) references_.require(object, StatementType::insert);
    if (when.commandType == CMD_UPDATE) references_.require(object, StatementType::update);
    if (when.commandType == CMD_DELETE) references_.require(object, StatementType::delete_);
    // WHEN NOT MATCHED sees the source only.
    push(when.matched ? own : inside, when.condition, when.targetList, when.values);
  }
}

void TreeWalker::read_copy(const CopyStmt& copy, const Context& context) {
  if (copy.filename != nullptr || copy.is_program) references_.add_database(StatementType::server_file);
  push(context, copy.query, copy.options);
  if (copy.relation == nullptr) return;
  const StatementType required = copy.is_from ? StatementType::copy_from : StatementType::copy_to;
  const std::size_t object = references_.add_relation(*copy.relation, required);
  push(with_target(context, *copy.relation, object), copy.whereClause);
}

}  // namespace sqlproxy::pipeline
