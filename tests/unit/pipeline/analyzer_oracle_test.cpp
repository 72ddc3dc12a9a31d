// The analyzer against libpg_query's serialiser, over whole files of SQL.
#include <gtest/gtest.h>
#include <pg_query.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "pipeline/analyzer.hpp"
#include "tests/support/pipeline/analyzer_oracle.hpp"

namespace sqlproxy::pipeline {
namespace {

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

// For our own files, where a statement ends at the end of a line, and for those that the library's scanner cannot read.
[[nodiscard]] std::vector<std::string> split_at_line_ends(const std::string& sql) {
  std::vector<std::string> out;
  for (std::size_t start = 0; start < sql.size();) {
    const std::size_t end = std::min(sql.find(";\n", start), sql.size());
    if (end > start) out.push_back(sql.substr(start, end - start));
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
  int accepted = 0;
  int refused = 0;
  std::string last_refused;
};

using Splitter = std::vector<std::string> (*)(const std::string&);

[[nodiscard]] Count check_folder(const std::filesystem::path& folder, Splitter splitter) {
  Count count;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".sql") continue;
    std::ifstream in(entry.path());
    for (const std::string& sql : splitter(sql_lines(in))) {
      const auto difference = testing::analyzer_difference(sql);
      EXPECT_FALSE(difference) << *difference << " in " << entry.path().filename() << ": " << sql;
      if (analyze(sql).error) {
        ++count.refused;
        count.last_refused = sql;
      } else {
        ++count.accepted;
      }
    }
  }
  return count;
}

const std::filesystem::path kOwnCorpus = std::filesystem::path(SP_SOURCE_DIR) / "tests/unit/pipeline/sql";

TEST(AnalyzerOracle, FindsWhatTheLibrarysSerialiserFinds) {
  const Count count = check_folder(kOwnCorpus, &split_at_line_ends);
  EXPECT_GT(count.accepted, 280);
  EXPECT_EQ(count.refused, 0) << count.last_refused;
}

// SP_SQL_CORPUS may name a larger corpus, such as src/test/regress/sql of PostgreSQL's sources.
TEST(AnalyzerOracle, FindsItInStatementsThatTheLibrarysScannerSplits) {
  const char* folder = std::getenv("SP_SQL_CORPUS");
  const Count count = check_folder(folder != nullptr ? folder : kOwnCorpus, &split);
  EXPECT_GT(count.accepted, 0);
  RecordProperty("accepted", count.accepted);
  RecordProperty("refused", count.refused);
}

}  // namespace
}  // namespace sqlproxy::pipeline
