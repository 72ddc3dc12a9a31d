#include "pipeline/output_name.hpp"

#include <string_view>

namespace sqlproxy::pipeline {
namespace {

using Naming = OutputColumn::Naming;

constexpr std::string_view kUnnamed = "?column?";

[[nodiscard]] std::string_view last_name(const List* names) {
  const auto all = cells(names);
  return all.empty() ? std::string_view() : text_of(node_in(all.back()));
}

[[nodiscard]] std::string_view name_of(const SQLValueFunction& function) {
  switch (function.op) {
    case SVFOP_CURRENT_DATE: return "current_date";
    case SVFOP_CURRENT_TIME:
    case SVFOP_CURRENT_TIME_N: return "current_time";
    case SVFOP_CURRENT_TIMESTAMP:
    case SVFOP_CURRENT_TIMESTAMP_N: return "current_timestamp";
    case SVFOP_LOCALTIME:
    case SVFOP_LOCALTIME_N: return "localtime";
    case SVFOP_LOCALTIMESTAMP:
    case SVFOP_LOCALTIMESTAMP_N: return "localtimestamp";
    case SVFOP_CURRENT_ROLE: return "current_role";
    case SVFOP_CURRENT_USER: return "current_user";
    case SVFOP_USER: return "user";
    case SVFOP_SESSION_USER: return "session_user";
    case SVFOP_CURRENT_CATALOG: return "current_catalog";
    case SVFOP_CURRENT_SCHEMA: return "current_schema";
  }
  return {};
}

[[nodiscard]] std::string_view name_of(const XmlExpr& xml) {
  switch (xml.op) {
    case IS_XMLCONCAT: return "xmlconcat";
    case IS_XMLELEMENT: return "xmlelement";
    case IS_XMLFOREST: return "xmlforest";
    case IS_XMLPARSE: return "xmlparse";
    case IS_XMLPI: return "xmlpi";
    case IS_XMLROOT: return "xmlroot";
    case IS_XMLSERIALIZE: return "xmlserialize";
    case IS_DOCUMENT: return {};
  }
  return {};
}

// A name that nothing around the expression takes back; empty for none.
[[nodiscard]] std::string_view strong_name(const Node* node) {
  switch (nodeTag(node)) {
    case T_FuncCall: return last_name(as<FuncCall>(node).funcname);
    case T_A_Expr: return as<A_Expr>(node).kind == AEXPR_NULLIF ? "nullif" : std::string_view();
    case T_GroupingFunc: return "grouping";
    case T_A_ArrayExpr: return "array";
    case T_RowExpr: return "row";
    case T_CoalesceExpr: return "coalesce";
    case T_MinMaxExpr: return as<MinMaxExpr>(node).op == IS_GREATEST ? "greatest" : "least";
    case T_SQLValueFunction: return name_of(as<SQLValueFunction>(node));
    case T_XmlExpr: return name_of(as<XmlExpr>(node));
    case T_XmlSerialize: return "xmlserialize";
    case T_SubLink:
      if (as<SubLink>(node).subLinkType == EXISTS_SUBLINK) return "exists";
      if (as<SubLink>(node).subLinkType == ARRAY_SUBLINK) return "array";
      return {};
    default: return {};
  }
}

[[nodiscard]] std::string_view last_field(const A_Indirection& indirection) {
  const auto parts = cells(indirection.indirection);
  for (std::size_t i = parts.size(); i > 0; --i) {
    if (is(node_in(parts[i - 1]), T_String)) return text_of(node_in(parts[i - 1]));
  }
  return {};
}

[[nodiscard]] OutputColumn figured(std::string_view name) {
  return OutputColumn{.name = std::string(name.empty() ? kUnnamed : name), .naming = Naming::figured};
}

[[nodiscard]] OutputColumn figure_name(const Node* node) {
  // What CASE and casts give when what is in them has no name of its own: the outermost counts.
  std::string_view weak;
  while (node != nullptr) {
    switch (nodeTag(node)) {
      case T_ColumnRef: return figured(last_name(as<ColumnRef>(node).fields));
      case T_A_Indirection: {
        const std::string_view field = last_field(as<A_Indirection>(node));
        if (!field.empty()) return figured(field);
        node = as<A_Indirection>(node).arg;
        continue;
      }
      case T_CollateClause: node = as<CollateClause>(node).arg; continue;
      case T_TypeCast:
        if (weak.empty()) weak = last_name(as<TypeCast>(node).typeName->names);
        node = as<TypeCast>(node).arg;
        continue;
      case T_CaseExpr:
        if (weak.empty()) weak = "case";
        node = as_node(as<CaseExpr>(node).defresult);
        continue;
      case T_SubLink:
        if (as<SubLink>(node).subLinkType == EXPR_SUBLINK) return OutputColumn{.naming = Naming::unknown};
        break;
      default: break;
    }
    const std::string_view strong = strong_name(node);
    return figured(strong.empty() ? weak : strong);
  }
  return figured(weak);
}

}  // namespace

bool is_plain_column(const Node* value) {
  return is(value, T_ColumnRef) && is(node_in(cells(as<ColumnRef>(value).fields).back()), T_String);
}

OutputColumn named_output(const ResTarget& target) {
  const bool is_column = is_plain_column(target.val);
  OutputColumn output;
  if (target.name != nullptr)
    output.name = text_of(target.name);
  else if (is_column)
    output.name = last_name(as<ColumnRef>(target.val).fields);
  else
    output = figure_name(target.val);
  output.is_column = is_column;
  return output;
}

}  // namespace sqlproxy::pipeline
