// How long libpg_query takes at most for a text that check_text lets pass, and what memory it takes: for each of many
// hostile shapes the largest text within the default limits is parsed.
//
//   parse_limits_bench [shape]
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/analyzer.hpp"
#include "pipeline/cache_key.hpp"
#include "pipeline/normalizer.hpp"
#include "pipeline/parser.hpp"
#include "pipeline/text_guard.hpp"

namespace {

using namespace sqlproxy::pipeline;

struct Shape {
  std::string_view name;
  std::string_view before;
  std::string_view repeated;
  std::string_view between;
  std::string_view after;
  std::string_view repeated_after = {};  // as often as `repeated`
};

constexpr Shape kShapes[] = {
    {"parentheses", "SELECT ", "(", "", "1", ")"},
    {"parentheses, open", "SELECT ", "(", "", ""},
    {"brackets", "SELECT ARRAY", "[", "", "1", "]"},
    {"sub-queries", "SELECT ", "(SELECT ", "", "1", ")"},
    {"sub-queries in FROM", "SELECT * FROM ", "(SELECT * FROM ", "", "t", ") a"},
    {"CASE", "SELECT ", "CASE WHEN a THEN ", "", "1", " END"},
    {"calls", "SELECT ", "f(", "", "1", ")"},
    {"sum", "SELECT ", "1", "+", ""},
    {"sum of names", "SELECT ", "a", "+", ""},
    {"OR", "SELECT 1 WHERE ", "a=1", " OR ", ""},
    {"AND of strings", "SELECT 1 WHERE ", "a='x'", " AND ", ""},
    {"NOT", "SELECT ", "NOT ", "", "a"},
    {"signs", "SELECT ", "- ", "", "1"},
    {"dots", "SELECT a", ".a", "", ""},
    {"subscripts", "SELECT a", "[1]", "", ""},
    {"casts", "SELECT a", "::b", "", ""},
    {"IN list", "SELECT 1 WHERE a IN (", "1", ",", ")"},
    {"select list", "SELECT ", "a", ",", ""},
    {"stars", "SELECT ", "*", ",", ""},
    {"FROM list", "SELECT 1 FROM ", "a", ",", ""},
    {"joins", "SELECT 1 FROM a", " JOIN a ON b", "", ""},
    {"cross joins, open", "SELECT 1 FROM a", " JOIN a", "", ""},
    {"unions", "SELECT 1", " UNION SELECT 1", "", ""},
    {"rows", "VALUES ", "(1)", ",", ""},
    {"CTEs", "WITH ", "a AS (SELECT 1)", ",", " SELECT 1"},
    {"statements", "", "SELECT", ";", ""},
    {"semicolons", "", ";", "", ""},
    {"collate", "SELECT a", " COLLATE a", "", ""},
    {"IS NULL", "SELECT a", " IS NULL", "", ""},
    {"BETWEEN", "SELECT a", " BETWEEN a AND a", "", ""},
    {"AT TIME ZONE", "SELECT a", " AT TIME ZONE a", "", ""},
    {"named arguments", "SELECT f(", "a=>1", ",", ")"},
    {"column constraints", "CREATE TABLE t (a int", " NOT NULL", "", ")"},
    {"columns", "CREATE TABLE t (", "a int", ",", ")"},
    {"options", "CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (", "a 'b'", ",", ")"},
    {"grants", "GRANT SELECT ON ", "a", ",", " TO b"},
    {"strings", "SELECT ", "''", ",", ""},
    {"continued strings", "SELECT ''", "\n''", "", ""},
    {"escapes", "SELECT E'", "\\u0041", "", "'"},
    {"dollars", "SELECT ", "$$$$", ",", ""},
    {"dollar tags, open", "SELECT ", "$a", "", ""},
    {"dollars within dollars", "SELECT $a$", "$b", "", "$a$"},
    {"comments", "SELECT 1 ", "/**/", "", ""},
    {"comments apart", "SELECT 1 ", "/**/ ", "", ""},
    {"nested comments", "SELECT 1 ", "/*", "", "", "*/"},
    {"nested comments, open", "SELECT 1 ", "/*", "", ""},
    {"line comments", "SELECT 1 ", "--\n", "", ""},
    {"one comment of stars", "SELECT 1 /*", "*", "", "/"},
    {"signs in a run", "SELECT 1 ", "+-", "", "1"},
    {"long operators", "SELECT 1 ", "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@ 1", "", ""},
    {"operators cut", "SELECT 1 ", "@/**/", "", ""},
    {"white space", "SELECT ", " ", "", ""},
    {"white space behind strings", "SELECT ", "''                                ", ",", ""},
    {"identifiers of one byte", "", "a ", "", ""},
    {"quoted identifiers", "SELECT ", "\"a\"", ",", ""},
    {"U& strings", "SELECT ", "U&''", ",", ""},
    {"U& with UESCAPE", "SELECT ", "U&'' UESCAPE '!'", ",", ""},
    {"one U& string", "SELECT U&'", "\\0041", "", "'"},
    {"lookahead", "SELECT a ", "NOT IN (a) ", "", ""},
    {"parameters", "SELECT ", "$1", ",", ""},
    {"window", "SELECT f() OVER (ORDER BY ", "a", ",", ")"},
    {"grouping sets", "SELECT 1 GROUP BY ", "()", ",", ""},
    {"XML", "SELECT xmlelement(name a", ",a", "", ")"},
    {"rules", "CREATE RULE r AS ON SELECT TO t DO (", "SELECT 1", ";", ")"},
};

std::string build(const Shape& shape, std::size_t times) {
  std::string sql(shape.before);
  for (std::size_t i = 0; i < times; ++i) {
    if (i > 0) sql += shape.between;
    sql += shape.repeated;
  }
  sql += shape.after;
  for (std::size_t i = 0; i < times; ++i) sql += shape.repeated_after;
  return sql;
}

// The most repetitions that the limits let pass.
std::size_t most(const Shape& shape, const TextLimits& limits) {
  std::size_t low = 1;
  std::size_t high = limits.max_bytes;
  while (low < high) {
    const std::size_t middle = (low + high + 1) / 2;
    if (check_text(build(shape, middle), limits)) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

// Of processor time: other load on the machine does not count.
double milliseconds(const std::function<void()>& work) {
  const auto now = [] {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
  };
  const double begin = now();
  work();
  return now() - begin;
}

void measure(const Shape& shape) {
  const TextLimits limits;
  const std::string sql = build(shape, most(shape, limits));
  CacheKeyMaker maker(1);
  const double check = milliseconds([&] { (void)check_text(sql, limits).has_value(); });
  const double key = milliseconds([&] { (void)maker.make(sql); });
  const double form = milliseconds([&] { (void)normalize(sql); });
  std::string outcome = "ok";
  const double parse = milliseconds([&] {
    const auto tree = ParseTree::parse(sql);
    if (!tree) outcome = tree.error().message.substr(0, 40);
  });
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const double whole = milliseconds([&] { (void)analyze(sql); });
  std::printf("%-28.*s %8zu %8.2f %8.2f %8.2f %8.1f %8.1f %8ld  %s\n", static_cast<int>(shape.name.size()),
              shape.name.data(), sql.size(), check, key, form, parse, whole, usage.ru_maxrss / 1024, outcome.c_str());
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  std::printf("%-28s %8s %8s %8s %8s %8s %8s %8s\n", "shape", "bytes", "check ms", "key ms", "norm ms", "parse ms",
              "walk+ ms", "max MiB");
  std::fflush(stdout);
  int crashed = 0;
  for (const Shape& shape : kShapes) {
    if (argc > 1 && shape.name != argv[1]) continue;
    // A process for each: the peak of memory is its own, and a crash is seen.
    const pid_t child = fork();
    if (child == 0) {
      measure(shape);
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (status == 0) continue;
    ++crashed;
    std::printf("%.*s: CRASHED\n", static_cast<int>(shape.name.size()), shape.name.data());
  }
  return crashed == 0 ? 0 : 1;
}
