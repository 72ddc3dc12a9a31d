// TreeWalker: expressions.
#include <optional>
#include <utility>

#include "pipeline/tree_walker.hpp"

namespace sqlproxy::pipeline {
namespace {

[[nodiscard]] bool has_named_argument(const List* args) {
  return std::ranges::any_of(cells(args), [](const ListCell& cell) { return is(node_in(cell), T_NamedArgExpr); });
}

[[nodiscard]] int argument_count(const FuncCall& call) {
  if (call.func_variadic) return -1;
  const std::size_t direct = cells(call.args).size();
  // The aggregated arguments of an ordered-set aggregate count as well.
  const std::size_t aggregated = call.agg_within_group ? cells(call.agg_order).size() : 0;
  return static_cast<int>(direct + aggregated);
}

[[nodiscard]] std::vector<std::optional<std::string>> constant_arguments(const List* args) {
  std::vector<std::optional<std::string>> constants;
  // An argument given by name is at another place than it stands.
  if (has_named_argument(args)) return constants;
  const auto all = cells(args);
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::optional<std::string> constant = string_constant(node_in(all[i]));
    if (!constant) continue;
    constants.resize(i + 1);
    constants[i] = std::move(constant);
  }
  return constants;
}

}  // namespace

bool TreeWalker::visit_expression(const Node* node, const Context& context) {
  switch (nodeTag(node)) {
    // Nothing below these refers to anything.
    case T_A_Const:
    case T_A_Star:
    case T_Alias:
    case T_BitString:
    case T_Boolean:
    case T_CurrentOfExpr:
    case T_Float:
    case T_Integer:
    case T_ParamRef:
    case T_RoleSpec:
    case T_SQLValueFunction:
    case T_SetToDefault:
    case T_String: return true;
    case T_A_Expr:
      read_operator_expression(as<A_Expr>(node));
      push(context, as<A_Expr>(node).lexpr, as<A_Expr>(node).rexpr);
      return true;
    case T_BoolExpr: push(context, as<BoolExpr>(node).args); return true;
    case T_TypeCast: push(context, as<TypeCast>(node).arg, as<TypeCast>(node).typeName); return true;
    case T_TypeName:
      // Their modifiers are numbers and words, `geometry(Point, 4326)`: nothing that refers.
      if (!as<TypeName>(node).pct_type) references_.add_type(as<TypeName>(node).names);
      return true;
    case T_SubLink: {
      const SubLink& link = as<SubLink>(node);
      if (link.operName != nullptr) {
        references_.add_operator(link.operName);
      } else if (link.subLinkType == ANY_SUBLINK) {
        references_.add_operator("=");
      }
      push(context, link.testexpr, link.subselect);
      return true;
    }
    case T_CaseExpr:
      if (as<CaseExpr>(node).arg != nullptr) references_.add_operator("=");
      push(context, as<CaseExpr>(node).arg, as<CaseExpr>(node).args, as<CaseExpr>(node).defresult);
      return true;
    case T_CaseWhen: push(context, as<CaseWhen>(node).expr, as<CaseWhen>(node).result); return true;
    case T_NullTest: push(context, as<NullTest>(node).arg); return true;
    case T_CoalesceExpr: push(context, as<CoalesceExpr>(node).args); return true;
    case T_SortBy:
      references_.add_operator(as<SortBy>(node).useOp);
      push(context, as<SortBy>(node).node);
      return true;
    default: return visit_rare_expression(node, context);
  }
}

bool TreeWalker::visit_rare_expression(const Node* node, const Context& context) {
  switch (nodeTag(node)) {
    case T_A_ArrayExpr: push(context, as<A_ArrayExpr>(node).elements); return true;
    case T_A_Indices: push(context, as<A_Indices>(node).lidx, as<A_Indices>(node).uidx); return true;
    case T_A_Indirection: read_indirection(as<A_Indirection>(node), context); return true;
    case T_BooleanTest: push(context, as<BooleanTest>(node).arg); return true;
    case T_CollateClause: push(context, as<CollateClause>(node).arg); return true;
    case T_GroupingFunc: push(context, as<GroupingFunc>(node).args); return true;
    case T_GroupingSet: push(context, as<GroupingSet>(node).content); return true;
    case T_MinMaxExpr: push(context, as<MinMaxExpr>(node).args); return true;
    case T_MultiAssignRef:
      // The columns of SET (a, b) = (...) share their source.
      if (as<MultiAssignRef>(node).colno == 1) push(context, as<MultiAssignRef>(node).source);
      return true;
    case T_NamedArgExpr: push(context, as<NamedArgExpr>(node).arg); return true;
    case T_RowExpr: push(context, as<RowExpr>(node).args); return true;
    case T_WindowDef: {
      const WindowDef& window = as<WindowDef>(node);
      push(context, window.partitionClause, window.orderClause, window.startOffset, window.endOffset);
      return true;
    }
    case T_XmlExpr: push(context, as<XmlExpr>(node).named_args, as<XmlExpr>(node).args); return true;
    case T_XmlSerialize: push(context, as<XmlSerialize>(node).expr, as<XmlSerialize>(node).typeName); return true;
    default: return false;
  }
}

// Whether a column is one of an enclosing write's target is only certain when it is written `target.column`; a bare
// name may be one, and so counts as one.
void TreeWalker::read_column(const ColumnRef& column, const Context& context) {
  column_uses_.add(column);
  shape_.add_use(column, context.place, context.output, context.filters, context.lookup);
  const auto fields = cells(column.fields);
  const bool is_star = is(node_in(fields.back()), T_A_Star);
  if (is_star && fields.size() == 1) return;  // of this query's own FROM; RETURNING looks for it itself
  const bool qualified = fields.size() > 1;
  const std::string_view table = qualified ? text_of(node_in(fields[fields.size() - 2])) : std::string_view();
  for (const WriteTarget* target = context.target; target != nullptr; target = target->outer) {
    spend(1);
    if (!qualified || target->name == table) references_.require(target->object, StatementType::select);
  }
  if (qualified && !is_star) references_.add_attribute(text_of(node_in(fields.back())), column.location);
}

void TreeWalker::read_operator_expression(const A_Expr& expression) {
  switch (expression.kind) {
    // The name is the construct's; these are the operators it stands for (transformAExprBetween).
    case AEXPR_BETWEEN:
    case AEXPR_BETWEEN_SYM:
      references_.add_operator(">=");
      references_.add_operator("<=");
      return;
    case AEXPR_NOT_BETWEEN:
    case AEXPR_NOT_BETWEEN_SYM:
      references_.add_operator("<");
      references_.add_operator(">");
      return;
    default: references_.add_operator(expression.name); return;
  }
}

void TreeWalker::read_call(const FuncCall& call, const Context& context, bool certain) {
  references_.add_function(FunctionRef{.name = qualified_name(call.funcname),
                                       .argument_count = argument_count(call),
                                       .constant_arguments = constant_arguments(call.args),
                                       .location = call.location});
  const auto name = cells(call.funcname);
  shape_.note_call(context.place, context.output, text_of(node_in(name.back())));
  if (is_set_config(call) && &call != settings_view_.call) references_.add_setting(read_set_config(call, certain));
  push(context, call.args, call.agg_order);
  push(context.condition(), call.agg_filter);
  push(context, call.over);
}

void TreeWalker::read_indirection(const A_Indirection& indirection, const Context& context) {
  for (const ListCell& cell : cells(indirection.indirection)) {
    if (is(node_in(cell), T_String)) references_.add_attribute(text_of(node_in(cell)), -1);
  }
  push(context, indirection.arg, indirection.indirection);
}

}  // namespace sqlproxy::pipeline
