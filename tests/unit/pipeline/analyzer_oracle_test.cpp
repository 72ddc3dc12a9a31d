// Holds the walk against libpg_query's own serialiser: whatever name that one finds anywhere in a statement's tree, the
// analysis must have. The serialiser was written from the same node definitions by others, and visits every field.
#include <gtest/gtest.h>
#include <pg_query.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/analyzer.hpp"

namespace sqlproxy::pipeline {
namespace {

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

void expect_all(const char* what, const std::set<std::string>& wanted, const std::set<std::string>& found) {
  for (const std::string& name : wanted) {
    const bool has = found.contains(name) ||
                     std::ranges::any_of(found, [&](const std::string& other) { return is_in_schema(other, name); });
    EXPECT_TRUE(has) << what << " " << name << " is not in the analysis";
  }
}

void compare(const std::string& sql, const json& tree, const Statement& statement) {
  SCOPED_TRACE(sql);
  Names wanted;
  collect(tree, wanted);
  std::set<std::string> objects;
  std::set<std::string> functions;
  std::set<std::string> attributes;
  std::set<std::string> operators;
  std::set<std::string> types;
  for (const ObjectRef& object : statement.objects) objects.insert(joined(object.name));
  for (const FunctionRef& function : statement.functions) {
    (function.attribute_notation ? attributes : functions)
        .insert(function.attribute_notation ? function.name.name : joined(function.name));
  }
  for (const OperatorRef& each : statement.operators) operators.insert(joined(each.name));
  for (const TypeRef& each : statement.types) types.insert(joined(each.name));
  for (const std::string& cte : wanted.ctes) wanted.relations.erase("||" + cte);
  types.insert(objects.begin(), objects.end());  // DROP TYPE t names an object
  expect_all("relation", wanted.relations, objects);
  expect_all("function", wanted.functions, functions);
  expect_all("attribute", wanted.attributes, attributes);
  expect_all("operator", wanted.operators, operators);
  expect_all("type", wanted.types, types);
}

// psql's own lines and the data after COPY FROM stdin are not SQL.
[[nodiscard]] std::string sql_lines(std::istream& in) {
  std::string out;
  bool data = false;
  for (std::string line; std::getline(in, line);) {
    if (data) {
      data = line != "\\.";
      continue;
    }
    if (line.starts_with("\\")) continue;
    std::string lower = line;
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    data = lower.starts_with("copy") && lower.find("from stdin") != std::string::npos && lower.ends_with(";");
    out += line + "\n";
  }
  return out;
}

// For texts that the library's scanner cannot read to their end.
[[nodiscard]] std::vector<std::string> split_at_line_ends(const std::string& sql) {
  std::vector<std::string> out;
  for (std::size_t start = 0; start < sql.size();) {
    const std::size_t end = std::min(sql.find(";\n", start), sql.size());
    out.push_back(sql.substr(start, end - start));
    start = end + 2;
  }
  return out;
}

[[nodiscard]] std::vector<std::string> split(const std::string& sql) {
  std::vector<std::string> out;
  const PgQuerySplitResult parts = pg_query_split_with_scanner(sql.c_str());
  for (int i = 0; parts.error == nullptr && i < parts.n_stmts; ++i) {
    const PgQuerySplitStmt& part = *parts.stmts[i];
    out.push_back(sql.substr(static_cast<std::size_t>(part.stmt_location), static_cast<std::size_t>(part.stmt_len)));
  }
  if (parts.error != nullptr) out = split_at_line_ends(sql);
  pg_query_free_split_result(parts);
  return out;
}

struct Count {
  int compared = 0;
  int refused = 0;  // by both
};

void check_statement(const std::string& sql, Count& count) {
  const PgQueryParseResult parsed = pg_query_parse(sql.c_str());
  const Analysis analysis = analyze(sql);
  if (parsed.error != nullptr) {
    ++count.refused;
    if (!analysis.error) {
      ADD_FAILURE() << "accepted: " << sql;
    } else {
      EXPECT_EQ(analysis.error->message, parsed.error->message);
      EXPECT_EQ(analysis.error->position, parsed.error->cursorpos);
    }
  } else if (analysis.error) {
    ADD_FAILURE() << analysis.error->message << ": " << sql;
  } else {
    const json trees = json::parse(parsed.parse_tree)["stmts"];
    EXPECT_EQ(trees.size(), analysis.statements.size());
    for (std::size_t i = 0; i < std::min(trees.size(), analysis.statements.size()); ++i) {
      compare(sql, trees[i], analysis.statements[i]);
      ++count.compared;
    }
  }
  pg_query_free_parse_result(parsed);
}

[[nodiscard]] Count check_folder(const std::filesystem::path& folder) {
  Count count;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".sql") continue;
    std::ifstream in(entry.path());
    for (const std::string& sql : split(sql_lines(in))) check_statement(sql, count);
  }
  return count;
}

TEST(AnalyzerOracle, FindsWhatTheLibrarysSerialiserFinds) {
  const Count count = check_folder(std::filesystem::path(SP_SOURCE_DIR) / "tests/unit/pipeline/sql");
  EXPECT_GT(count.compared, 200);
}

// A larger corpus, such as src/test/regress/sql of PostgreSQL's sources.
TEST(AnalyzerOracle, FindsItInAGivenCorpus) {
  const char* folder = std::getenv("SP_SQL_CORPUS");
  if (folder == nullptr) GTEST_SKIP() << "SP_SQL_CORPUS names no folder";
  const Count count = check_folder(folder);
  EXPECT_GT(count.compared, 0);
  RecordProperty("compared", count.compared);
  RecordProperty("refused", count.refused);
}

}  // namespace
}  // namespace sqlproxy::pipeline
