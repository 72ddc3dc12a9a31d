#include "tests/support/pipeline/analyzer_oracle.hpp"

#include <pg_query.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <vector>

#include "pipeline/analyzer.hpp"
#include "pipeline/comments.hpp"

namespace sqlproxy::testing {
namespace {

using namespace pipeline;
using nlohmann::json;

[[nodiscard]] std::string joined(const QualifiedName& name) {
  return name.catalog + "|" + name.schema + "|" + name.name;
}

// The strings of a serialised list of String nodes; its last three, as the analysis keeps them.
[[nodiscard]] std::vector<std::string> strings_of(const json& list) {
  std::vector<std::string> out;
  for (const json& node : list) {
    if (node.contains("String")) out.push_back(node["String"].value("sval", ""));
  }
  return out;
}

[[nodiscard]] std::string joined(std::vector<std::string> parts) {
  parts.insert(parts.begin(), parts.size() < 3 ? 3 - parts.size() : 0, "");
  return parts[parts.size() - 3] + "|" + parts[parts.size() - 2] + "|" + parts.back();
}

// What the serialised tree names.
struct Names {
  std::set<std::string> relations;
  std::set<std::string> ctes;
  std::set<std::string> functions;
  std::set<std::string> attributes;
  std::set<std::string> operators;
  std::set<std::string> types;
};

// Fields whose names are no references of the statement: names in OF and SET CONSTRAINTS, another server's tables, and
// attributes that look like types (`storage = plain`).
[[nodiscard]] bool is_skipped(const std::string& key) {
  static const std::set<std::string> kSkipped{"lockedRels", "constraints_set", "table_list", "definition"};
  return kSkipped.contains(key);
}

void collect_operator(const json& expression, Names& names) {
  const std::string kind = expression.value("kind", "");
  if (kind.find("BETWEEN") == std::string::npos) names.operators.insert(joined(strings_of(expression["name"])));
}

void collect(const json& node, Names& names);

void collect_member(const std::string& key, const json& value, Names& names) {
  if (is_skipped(key)) return;
  if (key == "FuncCall" || key == "funccall") names.functions.insert(joined(strings_of(value["funcname"])));
  if (key == "A_Expr") collect_operator(value, names);
  if (key == "SubLink" && value.contains("operName")) names.operators.insert(joined(strings_of(value["operName"])));
  if (key == "SortBy" && value.contains("useOp")) names.operators.insert(joined(strings_of(value["useOp"])));
  if (key == "CommonTableExpr") names.ctes.insert(value.value("ctename", ""));
  if (key == "ColumnRef" && value["fields"].size() > 1 && value["fields"].back().contains("String")) {
    names.attributes.insert(value["fields"].back()["String"].value("sval", ""));
  }
  if (key == "A_Indirection") {
    for (const std::string& field : strings_of(value["indirection"])) names.attributes.insert(field);
  }
  if (key == "ConstraintsSetStmt" || key == "ImportForeignSchemaStmt") return;
  // Words among options look like types: WITH (buffering = off).
  if (key == "DefElem" && value.contains("arg") && value["arg"].contains("TypeName") && value["defname"] != "as")
    return;
  collect(value, names);
}

void collect(const json& node, Names& names) {
  if (node.is_array()) {
    for (const json& element : node) collect(element, names);
    return;
  }
  if (!node.is_object()) return;
  if (node.contains("relname")) {
    names.relations.insert(
        joined(QualifiedName{node.value("catalogname", ""), node.value("schemaname", ""), node.value("relname", "")}));
  }
  if (node.contains("names") && node.contains("typemod") && !node.value("pct_type", false)) {
    names.types.insert(joined(strings_of(node["names"])));
  }
  for (const auto& [key, value] : node.items()) {
    // Modifiers of a type are numbers and words.
    if (key != "typmods") collect_member(key, value, names);
  }
}

[[nodiscard]] bool is_in_schema(const std::string& found, const std::string& wanted) {
  if (found == wanted) return true;
  // An element of CREATE SCHEMA gets the schema.
  return wanted.starts_with("||") && found.substr(found.rfind('|')) == wanted.substr(1);
}

[[nodiscard]] std::optional<std::string> missing(const char* what, const std::set<std::string>& wanted,
                                                 const std::set<std::string>& found) {
  for (const std::string& name : wanted) {
    const auto is_it = [&](const std::string& other) { return is_in_schema(other, name); };
    if (!found.contains(name) && std::ranges::none_of(found, is_it)) return std::string(what) + " " + name;
  }
  return std::nullopt;
}

[[nodiscard]] std::optional<std::string> difference(const json& tree, const Statement& statement) {
  Names wanted;
  collect(tree, wanted);
  for (const std::string& cte : wanted.ctes) wanted.relations.erase("||" + cte);
  Names found;
  for (const ObjectRef& object : statement.objects) found.relations.insert(joined(object.name));
  for (const FunctionRef& function : statement.functions) {
    if (function.attribute_notation) {
      found.attributes.insert(function.name.name);
    } else {
      found.functions.insert(joined(function.name));
    }
  }
  for (const OperatorRef& each : statement.operators) found.operators.insert(joined(each.name));
  for (const TypeRef& each : statement.types) found.types.insert(joined(each.name));
  found.types.insert(found.relations.begin(), found.relations.end());  // DROP TYPE t names an object
  if (auto name = missing("relation", wanted.relations, found.relations)) return name;
  if (auto name = missing("function", wanted.functions, found.functions)) return name;
  if (auto name = missing("attribute", wanted.attributes, found.attributes)) return name;
  if (auto name = missing("operator", wanted.operators, found.operators)) return name;
  return missing("type", wanted.types, found.types);
}

[[nodiscard]] std::optional<std::string> compare_errors(const Analysis& analysis, const PgQueryError& error) {
  if (!analysis.error) return std::string("accepted, though: ") + error.message;
  if (analysis.error->message != error.message) return analysis.error->message + " for " + error.message;
  if (analysis.error->position != error.cursorpos) return "position " + std::to_string(analysis.error->position);
  return std::nullopt;
}

[[nodiscard]] std::optional<std::string> compare_trees(const Analysis& analysis, const char* serialised) {
  if (analysis.error) return "refused: " + analysis.error->message;
  const json trees = json::parse(serialised)["stmts"];
  if (trees.size() != analysis.statements.size()) return "another number of statements";
  for (std::size_t i = 0; i < trees.size(); ++i) {
    if (auto name = difference(trees[i], analysis.statements[i])) return "not in the analysis: " + *name;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> analyzer_difference(const std::string& sql) {
  const Analysis analysis = analyze(sql);
  std::string scratch;
  const std::string readable(blank_comments(sql, scratch));  // as ParseTree does
  const PgQueryParseResult parsed = pg_query_parse(readable.c_str());
  const auto result =
      parsed.error != nullptr ? compare_errors(analysis, *parsed.error) : compare_trees(analysis, parsed.parse_tree);
  pg_query_free_parse_result(parsed);
  return result;
}

}  // namespace sqlproxy::testing
