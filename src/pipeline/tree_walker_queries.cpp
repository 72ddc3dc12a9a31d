// TreeWalker: SELECT, INSERT, UPDATE, DELETE, MERGE and COPY, with the scope of WITH names and of the table that is
// written.
#include <algorithm>

#include "pipeline/output_name.hpp"
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

// Those that are nothing else.
[[nodiscard]] bool is_from_item(const Node* node) {
  return is(node, T_JoinExpr) || is(node, T_RangeSubselect) || is(node, T_RangeFunction) || is(node, T_RangeTableFunc);
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
    case T_InsertStmt: read_insert(as<InsertStmt>(node), context); return true;
    case T_UpdateStmt: read_update(as<UpdateStmt>(node), context); return true;
    case T_DeleteStmt: read_delete(as<DeleteStmt>(node), context); return true;
    case T_MergeStmt: read_merge(as<MergeStmt>(node), context); return true;
    case T_CopyStmt: read_copy(as<CopyStmt>(node), inside); return true;
    case T_ReturnStmt: push(inside, as<ReturnStmt>(node).returnval); return true;
    case T_IntoClause:
      references_.add_created_relation(*as<IntoClause>(node).rel);
      references_.statement().drops_at_commit = as<IntoClause>(node).onCommit == ONCOMMIT_DROP;
      push(inside, as<IntoClause>(node).options);
      return true;
    case T_CTESearchClause: return true;
    case T_CTECycleClause:
      push(inside, as<CTECycleClause>(node).cycle_mark_value, as<CTECycleClause>(node).cycle_mark_default);
      return true;
    default: return false;
  }
}

bool TreeWalker::visit_from(const Node* node, const Context& surroundings) {
  // CREATE STATISTICS takes any item of FROM.
  const bool stray = surroundings.place.scope == kNoIndex && is_from_item(node);
  const Context& context = stray ? open_scope(surroundings).blind() : surroundings;
  const Context inside = context.inside();
  switch (nodeTag(node)) {
    case T_RangeVar: read_from_relation(as<RangeVar>(node), context); return true;
    case T_JoinExpr: read_join(as<JoinExpr>(node), context); return true;
    case T_RangeSubselect: {
      const RangeSubselect& subselect = as<RangeSubselect>(node);
      // FOR UPDATE of a sub-select locks all that it selects from.
      const std::uint32_t scope = context.place.scope;
      const std::uint32_t item = shape_.add_query(scope, context.join, subselect.alias);
      Context below = context.taken_by(ScopeTaker::Kind::item, scope, item);
      if (subselect.lateral) below.place = {scope, Place::Sight::before, item};
      below.lock_all = is_locked(subselect.alias == nullptr ? "" : text_of(subselect.alias->aliasname), context);
      push(below, subselect.subquery);
      return true;
    }
    case T_RangeFunction: read_range_function(as<RangeFunction>(node), context); return true;
    case T_RangeTableSample: {
      const RangeTableSample& sample = as<RangeTableSample>(node);
      references_.add_function(sample.method, 1);
      push(context, sample.relation);
      push(inside, sample.args, sample.repeatable);
      return true;
    }
    case T_RangeTableFunc: {
      const RangeTableFunc& function = as<RangeTableFunc>(node);
      const std::uint32_t scope = context.place.scope;
      Context below = inside;
      below.place = {scope, Place::Sight::before, shape_.add_opaque(scope, context.join, function.alias, "xmltable")};
      push(below, function.docexpr, function.rowexpr, function.namespaces, function.columns);
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

void TreeWalker::read_join(const JoinExpr& join, const Context& context) {
  if (join.isNatural || join.usingClause != nullptr) references_.add_operator("=");
  for (const ListCell& column : cells(join.usingClause)) column_uses_.add(text_of(node_in(column)));
  if (join.isNatural || join.alias != nullptr || join.join_using_alias != nullptr) column_uses_.give_up();
  const std::uint32_t item = shape_.add_join(context.place.scope, context.join, join);
  Context side = context;
  side.join = item;
  push(side, join.larg, join.rarg);
  Context condition = context.condition();
  condition.place = {context.place.scope, Place::Sight::within, item};
  push(condition, join.quals);
}

// A function in FROM sees the items in front of it, with or without LATERAL.
void TreeWalker::read_range_function(const RangeFunction& function, const Context& context) {
  // The alias that a single function has without one is its name.
  std::string_view name;
  const auto functions = cells(function.functions);
  if (functions.size() == 1) {
    const Node* call = node_at(&as<List>(node_in(functions.front())), 0);
    if (is(call, T_FuncCall)) name = text_of(node_in(cells(as<FuncCall>(call).funcname).back()));
  }
  const std::uint32_t scope = context.place.scope;
  const std::uint32_t item = shape_.add_opaque(scope, context.join, function.alias, name);
  Context inside = context.inside();
  inside.place = {scope, Place::Sight::before, item};
  push(inside, function.functions, function.coldeflist);
}

// The names of WITH are seen by what follows in the list (by all of it when RECURSIVE) and by the statement.
const TreeWalker::CteFrame* TreeWalker::open_with(const WithClause* with, const Context& context) {
  if (with == nullptr) return context.ctes;
  const auto ctes = cells(with->ctes);
  const std::uint32_t first = shape_.add_common_tables(*with);
  const CteFrame* all = keep(CteFrame{context.ctes, with->ctes, ctes.size(), first});
  for (std::size_t i = 0; i < ctes.size(); ++i) {
    const CommonTableExpr& cte = as<CommonTableExpr>(node_in(ctes[i]));
    Context within = context.taken_by(ScopeTaker::Kind::common_table, first + static_cast<std::uint32_t>(i));
    within.ctes = with->recursive ? all : keep(CteFrame{context.ctes, with->ctes, i, first});
    push(within, cte.ctequery, cte.search_clause, cte.cycle_clause);
  }
  return all;
}

std::uint32_t TreeWalker::find_cte(std::string_view name, const CteFrame* frame) {
  for (; frame != nullptr; frame = frame->outer) {
    const auto visible = cells(frame->ctes).first(frame->visible);
    spend(visible.size() + 1);
    const auto has_name = [name](const ListCell& cell) {
      return text_of(as<CommonTableExpr>(node_in(cell)).ctename) == name;
    };
    const auto found = std::ranges::find_if(visible, has_name);
    if (found != visible.end()) return frame->first + static_cast<std::uint32_t>(found - visible.begin());
    if (steps_left_ == 0) break;  // the walk ends without a result
  }
  return kNoIndex;
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
  const std::uint32_t cte = unqualified ? find_cte(text_of(relation.relname), context.ctes) : kNoIndex;
  const bool in_query = context.place.scope != kNoIndex;
  if (cte != kNoIndex) {
    if (in_query) shape_.add_common_table(context.place.scope, context.join, relation, cte);
    return;
  }
  const std::size_t object = references_.add_relation(relation, StatementType::select);
  if (in_query) shape_.add_relation(context.place.scope, context.join, relation, static_cast<std::uint32_t>(object));
  if (&relation == settings_view_.view) {
    references_.statement().objects[object].spares_sensitive_columns = true;
  } else {
    column_uses_.add_source(relation, object, context.starred);
  }
  if (is_locked(reference_name(relation), context)) references_.require_any(object, kLocksRows);
}

TreeWalker::Context TreeWalker::open_scope(const Context& context) {
  Context own = context.inside();
  own.place = {.scope = shape_.open_scope(context.place, context.output, context.taker)};
  own.output = kNoIndex;
  return own;
}

void TreeWalker::read_select(const SelectStmt& select, const Context& context) {
  Context inside = open_scope(context);
  const std::uint32_t scope = inside.place.scope;
  inside.ctes = open_with(select.withClause, context);
  Context column = inside;
  if (as_node(&select) == root_) {
    column.certain = only_sets(select);
    read_settings_view(select);
  }
  if (shape_.shape().result == scope) shape_.note_limit(select.limitCount);
  Context from = inside.blind();
  from.lock_all = context.lock_all || locks_everything(select.lockingClause);
  from.locking = select.lockingClause;
  from.starred = has_bare_star(select.targetList);
  if (select.op != SETOP_NONE) {
    Context side = from;
    side.taker = {ScopeTaker::Kind::left_side, scope};
    push(side, select.larg);
    side.taker = {ScopeTaker::Kind::right_side, scope};
    push(side, select.rarg);
  }
  push(inside, select.intoClause);
  read_ordering(select.distinctClause, inside);
  read_targets(select, scope, column);
  push(from, select.fromClause);
  push(inside.condition(), select.whereClause);
  read_grouping(select.groupClause, inside);
  push(inside.condition(), select.havingClause);
  push(inside, select.windowClause, select.valuesLists);
  read_ordering(select.sortClause, inside);
  push(inside.blind(), select.limitOffset, select.limitCount);
  if (select.groupClause != nullptr || select.havingClause != nullptr) shape_.shape().groups = true;
}

void TreeWalker::read_targets(const SelectStmt& select, std::uint32_t scope, const Context& context) {
  for (const ListCell& cell : cells(select.targetList)) {
    Context own = context;
    own.output = shape_.add_output(scope, as<ResTarget>(node_in(cell)));
    push_node(node_in(cell), own);
  }
  if (select.valuesLists != nullptr) {
    shape_.add_value_outputs(scope, cells(&as<List>(node_at(select.valuesLists, 0))).size());
  }
}

// A name that stands alone may be that of an output; one in an expression never is.
void TreeWalker::read_grouping(const List* items, const Context& context) {
  Context alone = context;
  alone.lookup = ColumnUse::Lookup::outputs_last;
  for (const ListCell& cell : cells(items)) {
    const Node* item = node_in(cell);
    if (is(item, T_GroupingSet)) {
      read_grouping(as<GroupingSet>(item).content, context);
    } else {
      push_node(item, is_plain_column(item) ? alone : context);
    }
  }
}

void TreeWalker::read_ordering(const List* items, const Context& context) {
  Context alone = context;
  alone.lookup = ColumnUse::Lookup::outputs_first;
  for (const ListCell& cell : cells(items)) {
    const Node* item = node_in(cell);  // null: DISTINCT without ON
    if (is(item, T_SortBy)) {
      references_.add_operator(as<SortBy>(item).useOp);
      item = as<SortBy>(item).node;
    }
    push_node(item, is_plain_column(item) ? alone : context);
  }
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
  shape_.add_relation(context.place.scope, kNoIndex, relation, static_cast<std::uint32_t>(object));
  return own;
}

void TreeWalker::read_returning(const List* returning, const Context& context) {
  for (const ListCell& cell : cells(returning)) {
    Context own = context;
    own.output = shape_.add_output(context.place.scope, as<ResTarget>(node_in(cell)));
    push_node(node_in(cell), own);
    if (!is_bare_star(as<ResTarget>(node_in(cell)).val)) continue;
    references_.require(context.target->object, StatementType::select);
    // The columns of USING's and FROM's tables are in it too.
    column_uses_.give_up();
  }
}

// The rows come from outside the table's scope; ON CONFLICT and RETURNING see its columns.
void TreeWalker::read_insert(const InsertStmt& insert, const Context& context) {
  Context inside = open_scope(context);
  inside.ctes = open_with(insert.withClause, context);
  const std::size_t object = references_.add_relation(*insert.relation, StatementType::insert);
  const Context own = with_target(inside, *insert.relation, object);
  push(own, insert.cols);
  if (insert.selectStmt != nullptr) {
    const std::uint32_t use = shape_.add_direct(object, StatementType::insert, insert.cols);
    Context source = inside.blind();
    if (insert.cols == nullptr) source.taker = {ScopeTaker::Kind::direct_use, use};
    push(source, insert.selectStmt);
  }
  if (insert.onConflictClause != nullptr) read_conflict(*insert.onConflictClause, object, own);
  read_returning(insert.returningList, own);
}

// An arbiter, ON CONFLICT (a), and `excluded.a` need SELECT on the columns just as reading them does.
void TreeWalker::read_conflict(const OnConflictClause& conflict, std::size_t object, const Context& context) {
  if (const InferClause* infer = conflict.infer; infer != nullptr) {
    references_.require(object, StatementType::select);
    // The columns of a constraint that is named are not told.
    if (infer->conname != nullptr) shape_.add_read(object, {});
    for (const ListCell& cell : cells(infer->indexElems)) {
      const IndexElem& element = as<IndexElem>(node_in(cell));
      if (element.name != nullptr) shape_.add_read(object, text_of(element.name));
    }
    push(context.condition(), infer->indexElems, infer->whereClause);
  }
  if (conflict.action != ONCONFLICT_UPDATE) return;
  references_.require(object, StatementType::update);
  shape_.add_direct(object, StatementType::update, conflict.targetList);
  // "excluded" is seen here and not in RETURNING.
  Context own = context;
  own.place = {.scope = shape_.open_scope(context.place, kNoIndex, {})};
  shape_.add_excluded(own.place.scope, static_cast<std::uint32_t>(object));
  push(own, conflict.targetList);
  push(own.condition(), conflict.whereClause);
}

void TreeWalker::read_update(const UpdateStmt& update, const Context& context) {
  Context inside = open_scope(context);
  inside.ctes = open_with(update.withClause, context);
  const std::size_t object = references_.add_relation(*update.relation, StatementType::update);
  const Context own = with_target(inside, *update.relation, object);
  if (names_settings_view(*update.relation)) {
    references_.add_setting(SettingChange{.name_known = false, .by_function = true, .conditional = true});
  }
  shape_.add_direct(object, StatementType::update, update.targetList);
  push(own, update.targetList);
  push(inside.blind(), update.fromClause);
  push(own.condition(), update.whereClause);
  read_returning(update.returningList, own);
}

void TreeWalker::read_delete(const DeleteStmt& remove, const Context& context) {
  Context inside = open_scope(context);
  inside.ctes = open_with(remove.withClause, context);
  const std::size_t object = references_.add_relation(*remove.relation, StatementType::delete_);
  const Context own = with_target(inside, *remove.relation, object);
  push(inside.blind(), remove.usingClause);
  push(own.condition(), remove.whereClause);
  read_returning(remove.returningList, own);
}

void TreeWalker::read_merge(const MergeStmt& merge, const Context& context) {
  Context inside = open_scope(context);
  inside.ctes = open_with(merge.withClause, context);
  const std::size_t object = references_.add_relation(*merge.relation, StatementType::merge);
  const Context own = with_target(inside, *merge.relation, object);
  push(inside.blind(), merge.sourceRelation);
  push(own.condition(), merge.joinCondition);
  for (const ListCell& cell : cells(merge.mergeWhenClauses)) {
    const MergeWhenClause& when = as<MergeWhenClause>(node_in(cell));
    if (when.commandType == CMD_INSERT) {
      references_.require(object, StatementType::insert);
      const std::uint32_t use = shape_.add_direct(object, StatementType::insert, when.targetList);
      if (when.targetList == nullptr && when.values != nullptr) shape_.shape().direct[use].every = true;
    }
    if (when.commandType == CMD_UPDATE) {
      references_.require(object, StatementType::update);
      shape_.add_direct(object, StatementType::update, when.targetList);
    }
    if (when.commandType == CMD_DELETE) references_.require(object, StatementType::delete_);
    // WHEN NOT MATCHED sees the source only.
    const Context& seen = when.matched ? own : inside;
    push(seen.condition(), when.condition);
    push(seen, when.targetList, when.values);
  }
}

void TreeWalker::read_copy(const CopyStmt& copy, const Context& context) {
  if (copy.filename != nullptr || copy.is_program) references_.add_database(StatementType::server_file);
  push(context.taken_by(ScopeTaker::Kind::result), copy.query);
  push(context, copy.options);
  if (copy.relation == nullptr) return;
  const StatementType required = copy.is_from ? StatementType::copy_from : StatementType::copy_to;
  const std::size_t object = references_.add_relation(*copy.relation, required);
  const std::uint32_t use = shape_.add_direct(object, required, copy.attlist);
  if (copy.attlist == nullptr) shape_.shape().direct[use].every = true;
  if (!copy.is_from) shape_.shape().copied = use;
  if (copy.whereClause == nullptr) return;
  Context own = open_scope(context);
  push(with_target(own, *copy.relation, object).condition(), copy.whereClause);
}

}  // namespace sqlproxy::pipeline
