#include "pipeline/analyzer.hpp"

#include <utility>

#include "core/sqlstate.hpp"
#include "pipeline/parser.hpp"
#include "pipeline/pg_query_tree.hpp"
#include "pipeline/statement_reader.hpp"
#include "pipeline/tree_walker.hpp"

namespace sqlproxy::pipeline {
namespace {

using core::ErrorCode;
using Outcome = TreeWalker::Outcome;

[[nodiscard]] Analysis failed(core::Error error) {
  Analysis analysis;
  analysis.error = std::move(error);
  return analysis;
}

[[nodiscard]] core::Error to_error(Outcome outcome) {
  if (outcome == Outcome::too_complex) {
    return core::make_error(ErrorCode::limit_exceeded, core::sqlstate::kProgramLimitExceeded,
                            "statement is too complex to analyze");
  }
  return core::make_error(ErrorCode::denied, core::sqlstate::kInsufficientPrivilege, "statement is not understood",
                          "The statement holds a construct that the proxy does not know.");
}

[[nodiscard]] Outcome analyze_statement(const RawStmt& raw, std::size_t text_size, std::size_t& steps_left,
                                        Statement& statement) {
  read_statement(raw, text_size, statement);
  if (statement.type == StatementType::unparsed) return Outcome::not_understood;
  return TreeWalker(statement, steps_left).walk(raw.stmt);
}

}  // namespace

Analysis analyze(std::string_view sql) {
  core::Result<ParseTree> tree = ParseTree::parse(sql);
  if (!tree) return failed(std::move(tree).error());
  Analysis analysis;
  std::size_t steps_left = TreeWalker::kMaxSteps;
  const auto statements = cells(tree->statements());
  analysis.statements.reserve(statements.size());
  for (const ListCell& cell : statements) {
    Statement& statement = analysis.statements.emplace_back();
    const Outcome outcome = analyze_statement(as<RawStmt>(node_in(cell)), sql.size(), steps_left, statement);
    if (outcome != Outcome::complete) return failed(to_error(outcome));
  }
  return analysis;
}

}  // namespace sqlproxy::pipeline
