#include "pipeline/normalizer.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

#include "tests/support/pipeline/cache_key_oracle.hpp"

namespace sqlproxy::pipeline {
namespace {

std::string shown(std::string_view sql) {
  return normalize(sql).text;
}
std::uint64_t fingerprint(std::string_view sql) {
  return normalize(sql).fingerprint;
}

TEST(Normalizer, NumbersLiterals) {
  EXPECT_EQ(shown("SELECT 1, 'a', E'b', $$c$$, $x$d$x$, B'1', X'f', 1.5, 1e3, U&'e'"),
            "SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10");
  EXPECT_EQ(shown("SELECT N'a'"), "SELECT N $1");
  EXPECT_EQ(shown("SELECT 'a'\n  'b'"), "SELECT $1");
}

TEST(Normalizer, NumbersPastTheTextsOwnParameters) {
  EXPECT_EQ(shown("SELECT 'a' FROM t WHERE b = $2 AND c = $1 AND d = 5"),
            "SELECT $3 FROM t WHERE b = $2 AND c = $1 AND d = $4");
  EXPECT_EQ(shown("SELECT 'a', $99999999999"), "SELECT $1, $99999999999");
}

TEST(Normalizer, NegativeNumbersShowNoDigits) {
  EXPECT_EQ(shown("SELECT -5, a -5, a - -5, (-5), f(- 5)"), "SELECT -$1, a - $2, a - -$3, (-$4), f(-$5)");
}

TEST(Normalizer, FoldsWhiteSpaceAndComments) {
  EXPECT_EQ(shown("  SELECT/* c */a ,b\n\n FROM  t--x\nWHERE a=1 ;"), "SELECT a, b FROM t WHERE a = $1;");
  EXPECT_EQ(shown("SELECT a . b , c [ 1 ] , d :: text , f ( x ) , count ( * ) , e . *"),
            "SELECT a.b, c[$1], d::text, f(x), count(*), e.*");
  EXPECT_EQ(shown("SELECT(1),ARRAY[1],(SELECT(2))FROM(VALUES(1))v"),
            "SELECT ($1), ARRAY[$2], (SELECT ($3)) FROM (VALUES ($4)) v");
}

TEST(Normalizer, KeepsWordsAsWritten) {
  EXPECT_EQ(shown("Select \"Mixed \"\"Case\", FOO From t"), "Select \"Mixed \"\"Case\", FOO From t");
}

TEST(Normalizer, CollapsesInLists) {
  EXPECT_EQ(shown("SELECT 1 WHERE a IN (1, 2, 3) AND b = 4"), "SELECT $1 WHERE a IN ($2 /*, ... */) AND b = $3");
  EXPECT_EQ(shown("DELETE FROM t WHERE a NOT IN ('x') OR b in (-1,+2) OR c IN (1,d) OR e IN (SELECT 1)"),
            "DELETE FROM t WHERE a NOT IN ($1 /*, ... */) OR b in (-$2, +$3) OR c IN ($4, d) OR e IN (SELECT $5)");
  EXPECT_EQ(shown("SELECT 1 WHERE a IN ($1, $2, 'x') AND b = $3"), "SELECT $4 WHERE a IN ($1 /*, ... */) AND b = $3");
  // A function that has the name of the operator.
  EXPECT_EQ(shown("SELECT s.in(1, 2)"), "SELECT s.in($1, $2)");
}

TEST(Normalizer, ShowsNoSecretOfUtilityStatements) {
  EXPECT_EQ(shown("ALTER ROLE bob WITH PASSWORD 'hunter2' VALID UNTIL '2030-01-01'"),
            "ALTER ROLE bob WITH PASSWORD $1 VALID UNTIL $2");
  EXPECT_EQ(shown("CREATE USER MAPPING FOR bob SERVER s OPTIONS (user 'bob', password 'hunter2')"),
            "CREATE USER MAPPING FOR bob SERVER s OPTIONS (user $1, password $2)");
  EXPECT_EQ(shown("DO LANGUAGE plpgsql $body$ begin perform 'hunter2'; end $body$"), "DO LANGUAGE plpgsql $1");
  EXPECT_EQ(shown("CREATE FUNCTION f() RETURNS int AS 'select ''hunter2''' LANGUAGE sql"),
            "CREATE FUNCTION f() RETURNS int AS $1 LANGUAGE sql");
  EXPECT_EQ(shown("SELECT dblink('host=h password=hunter2', 'select 1')"), "SELECT dblink($1, $2)");
  EXPECT_EQ(shown("-- password hunter2\nSET ROLE 'x'"), "SET ROLE $1");
}

// Where a quote is missing nobody knows what is data.
TEST(Normalizer, ShowsNothingBehindTheFirstStringOfUnreadableText) {
  const NormalizedText cut = normalize("SELECT a, 'it's hunter2', b FROM c");
  EXPECT_EQ(cut.text, "SELECT a,");
  EXPECT_FALSE(cut.complete);
  EXPECT_EQ(shown("SELECT 'hunter2"), "SELECT");
  EXPECT_EQ(shown("SELECT \"hunter2"), "SELECT");
  EXPECT_EQ(shown("SELECT 1, 2 /* hunter2"), "SELECT $1, $2");
  EXPECT_EQ(shown("SELECT 12abc"), "SELECT");
  EXPECT_EQ(shown("$$hunter2"), "");
}

TEST(Normalizer, ShowsOnlyWhatIsCertainOfUnparsedText) {
  const NormalizedText cut = normalize_unparsed("SELEC a FROM t WHERE b = 5 AND c = 'it's hunter2' OR d = ''");
  EXPECT_EQ(cut.text, "SELEC a FROM t WHERE b = $1 AND c =");
  EXPECT_FALSE(cut.complete);
  EXPECT_TRUE(normalize_unparsed("SELEC a FROM t WHERE b = 5").complete);
}

TEST(Normalizer, FingerprintTellsShapesApart) {
  const std::string_view base = "SELECT a FROM t WHERE b = 1 AND c IN (1, 2)";
  for (const std::string_view same :
       {"select A from T where B = 1 and C in (1, 2)", "SELECT a FROM t WHERE b='x' AND c IN ('y')",
        "SELECT a /* x */ FROM t\nWHERE b = $1 AND c IN ($2, $3, $4)--"}) {
    EXPECT_EQ(fingerprint(base), fingerprint(same)) << same;
  }
  for (const std::string_view other :
       {"SELECT a FROM t WHERE b = 1 AND c IN (1, d)", "SELECT b FROM t WHERE b = 1 AND c IN (1, 2)",
        "SELECT a FROM t WHERE b <> 1 AND c IN (1, 2)", "SELECT \"A\" FROM t WHERE b = 1 AND c IN (1, 2)"}) {
    EXPECT_NE(fingerprint(base), fingerprint(other)) << other;
  }
}

TEST(Normalizer, PartsCanBeNormalisedAlone) {
  const std::string_view message = "SELECT 1; SELECT 'b', $1";
  EXPECT_EQ(shown(message.substr(0, 8)), "SELECT $1");
  EXPECT_EQ(shown(message.substr(9)), "SELECT $2, $1");
}

TEST(Normalizer, IsStableAndHidesPlantedData) {
  for (const std::string sql :
       {"SELECT a.b, c::text, -1, - 1, +1, ARRAY[1, 2], x[1:2], y[ : ], (z).w, . ., .. ., : :, : =, :: :, : ::",
        "SELECT 'a' 'b' E'c'\n'd' N'e' U&'f' UESCAPE '!' FROM t WHERE a IN (U&'x') OR b IN (1 , $2)",
        "INSERT INTO t (a) VALUES (1), ('b') ON CONFLICT (a) DO UPDATE SET (b, c) = (1, 'x')",
        "a$1 1$$b$$ 'c'd'e' \"f\"'g' $1'h'1 2.5.5 1..2 .5 \\ { } $ a $", "e 'x' b 'x' u & 'x' u&\"x\" n 'x'",
        "SELECT @-1, @ -1, a@-1, =-1, - -1, -+1, /**/ * / *", ";;", "", "()[]", "x in(1)", "a.in(1, 2)"}) {
    EXPECT_EQ(testing::normalizer_fault(sql).value_or(""), "") << sql;
  }
}

}  // namespace
}  // namespace sqlproxy::pipeline
