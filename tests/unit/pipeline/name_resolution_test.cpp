#include "pipeline/name_resolution.hpp"

#include <gtest/gtest.h>

#include "tests/unit/pipeline/judge_fixture.hpp"

namespace sqlproxy::pipeline {
namespace {

using testing::CatalogMaker;
using testing::name_of;

class NameResolutionTest : public ::testing::Test {
 protected:
  NameResolutionTest() {
    scope.server_database = "appdb";
    scope.current_user = "service";
    maker.relation("public.orders");
    maker.relation("hr.orders");
    maker.relation("hr.salaries");
  }

  // The schemas of what the name may stand for, each with a space behind it.
  std::string relation(std::string_view name) {
    built = maker.build();
    return schemas_of(NameResolver(scope, *built).relation(name_of(name)));
  }
  std::string created(std::string_view name, bool temporary = false) {
    built = maker.build();
    return schemas_of(NameResolver(scope, *built).created(name_of(name), temporary));
  }
  std::string function(std::string_view name, int arguments) {
    built = maker.build();
    const QualifiedName asked = name_of(name);
    const FunctionCandidates found = NameResolver(scope, *built).function(asked, arguments);
    std::string out;
    for (const CatalogFunction* f : found.known) {
      out += f->schema + std::to_string(f->minimum_arguments) + " ";
    }
    for (const std::string_view schema : found.unknown_schemas) out += "?" + std::string(schema) + " ";
    return out;
  }

  static std::string schemas_of(const RelationCandidates& candidates) {
    std::string out;
    for (const NameCandidate& candidate : candidates.all) {
      out += std::string(candidate.relation == nullptr ? "?" : "") + std::string(candidate.schema) + " ";
    }
    return out + (candidates.missed ? "missed" : "");
  }

  CatalogMaker maker;
  NameScope scope;
  std::shared_ptr<const Catalog> built;
};

TEST_F(NameResolutionTest, TheFirstSchemaOfThePathWins) {
  scope.search_path = {"public", "hr"};
  EXPECT_EQ(relation("orders"), "public ");
  scope.search_path = {"hr", "public"};
  EXPECT_EQ(relation("orders"), "hr ");
  EXPECT_EQ(relation("public.orders"), "public ");
}

TEST_F(NameResolutionTest, PgCatalogComesFirstUnlessItIsListed) {
  maker.relation("public.pg_class");
  EXPECT_EQ(relation("pg_class"), "pg_catalog ");
  scope.search_path = {"public", "pg_catalog"};
  EXPECT_EQ(relation("pg_class"), "public ");
}

TEST_F(NameResolutionTest, TemporaryRelationsComeBeforeEverythingUnlessListed) {
  scope.temporary_relations = {"orders", "pg_class"};
  scope.standing = {{{"", "pg_temp", "orders"}, {}}, {{"", "pg_temp", "pg_class"}, {}}};
  scope.search_path = {};
  EXPECT_EQ(relation("orders"), "?pg_temp ");
  // It may have been dropped since.
  EXPECT_EQ(relation("pg_class"), "?pg_temp pg_catalog ");
  scope.search_path = {"public", "pg_temp"};
  EXPECT_EQ(relation("orders"), "public ");
  EXPECT_EQ(relation("pg_temp.orders"), "?pg_temp ");
  scope.search_path = {"hr", "public"};
  EXPECT_EQ(relation("orders"), "?pg_temp hr ");
  EXPECT_EQ(relation("pg_temp.orders"), "?pg_temp ");
}

// What has that name now may be newer than the snapshot.
TEST_F(NameResolutionTest, ATemporaryNameThatWasTakenAwayMayBeAnythings) {
  scope.search_path = {"hr", "public"};
  scope.temporary_relations = {"nothing", "orders"};
  EXPECT_EQ(relation("nothing"), "?pg_temp ?hr ?public missed");
  EXPECT_EQ(relation("orders"), "?pg_temp hr ");
  scope.standing = {{{"", "pg_temp", "nothing"}, {}}};
  EXPECT_EQ(relation("nothing"), "?pg_temp ");
}

// Until the snapshot knows, what the session has made may be meant, or what was there before.
TEST_F(NameResolutionTest, WhatTheSessionHasMadeIsOneOfThem) {
  scope.search_path = {"hr", "public"};
  maker.relation("public.bills");
  scope.made_names = {{"", "hr", "bills"}, {"", "tools", "orders"}, {"", "", "fresh"}, {"", "unknown", "newer"}};
  EXPECT_EQ(relation("bills"), "?hr public ");
  EXPECT_EQ(relation("orders"), "hr ");
  EXPECT_EQ(relation("fresh"), "?hr ?public missed");
  scope.search_path = {"hr", "unknown", "public"};
  EXPECT_EQ(relation("newer"), "?unknown ?hr ?public missed");
  scope.made_names.push_back({"", "unknown", "bills"});
  EXPECT_EQ(relation("bills"), "?unknown ?hr public ");
  scope.search_path = {"hr", "public"};
  scope.made_names.push_back({"", "", "bills"});
  EXPECT_EQ(relation("bills"), "?hr public ");
  maker.relation("hr.bills");
  EXPECT_EQ(relation("bills"), "hr ");
  scope.temporary_relations = {"newest"};
  scope.standing = {{{"", "pg_temp", "newest"}, {}}};
  scope.made_names = {{"", "public", "newest"}};
  scope.search_path = {"public", "pg_temp"};
  EXPECT_EQ(relation("newest"), "?public ?pg_temp ");
}

// It is there although the snapshot does not say so, and nothing else of the path need be asked about.
TEST_F(NameResolutionTest, WhatTheSessionHasMadeForCertainIsThere) {
  scope.search_path = {"$user", "hr", "public"};
  scope.made_names = {{"", "", "fresh"}};
  EXPECT_EQ(relation("fresh"), "?hr ?public missed");
  scope.standing = {{{"", "", "fresh"}, {"$user", "hr", "public"}}};
  EXPECT_EQ(relation("fresh"), "?hr ");
  scope.standing = {{{"", "hr", "fresh"}, {}}};
  EXPECT_EQ(relation("fresh"), "?hr ");
  // Not on the path any more.
  scope.search_path = {"public"};
  EXPECT_EQ(relation("fresh"), "?public missed");
  scope.search_path = {"public", "hr"};
  EXPECT_EQ(relation("fresh"), "?hr ");
  // What the snapshot knows may be what is left if it is gone.
  maker.relation("public.fresh");
  scope.search_path = {"hr", "public"};
  EXPECT_EQ(relation("fresh"), "?hr public ");
}

// What others do to it: a snapshot from behind its commit knows.
TEST_F(NameResolutionTest, WhatANewerSnapshotDoesNotHaveIsGone) {
  scope.search_path = {"hr", "public"};
  scope.made_names = {{"", "hr", "fresh"}};
  for (const unsigned known_from : {0U, 2U}) {
    scope.standing = {{{"", "hr", "fresh"}, {}, known_from}};
    EXPECT_EQ(relation("fresh"), "?hr ");
  }
  scope.standing = {{{"", "hr", "fresh"}, {}, 1}};
  EXPECT_EQ(relation("fresh"), "?hr ?public missed");
}

TEST_F(NameResolutionTest, WhereItWasMadeMayNotBeCertain) {
  scope.search_path = {"hr", "public"};
  scope.standing = {{{"", "", "fresh"}, {"unknown", "hr"}}};
  EXPECT_EQ(relation("fresh"), "?hr ?public missed");
  scope.search_path = {"unknown", "public"};
  EXPECT_EQ(relation("fresh"), "?unknown ?public missed");
  // The temporary one is gone, and the other one elsewhere.
  scope.temporary_relations = {"fresh"};
  scope.standing = {{{"", "hr", "fresh"}, {}}};
  scope.search_path = {"public"};
  EXPECT_EQ(relation("fresh"), "?pg_temp ?public missed");
  scope.current_user = "public";
  scope.standing = {{{"", "", "fresh"}, {"$user", "hr"}}};
  scope.search_path = {"hr", "public"};
  EXPECT_EQ(relation("fresh"), "?pg_temp ?public ?hr missed");
}

TEST_F(NameResolutionTest, WhatTheSessionHasChangedMayBeTheNextOne) {
  scope.search_path = {"hr", "public"};
  EXPECT_EQ(relation("orders"), "hr ");
  scope.changed_names = {"orders"};
  EXPECT_EQ(relation("orders"), "hr public ");
  EXPECT_EQ(relation("salaries"), "hr ");
  maker.relation("public.salaries");
  scope.any_name_changed = true;
  EXPECT_EQ(relation("salaries"), "hr public ");
  EXPECT_EQ(relation("hr.salaries"), "hr ");
}

TEST_F(NameResolutionTest, UncertainTemporaryObjectsAddACandidate) {
  scope.unknown_temporary_objects = true;
  EXPECT_EQ(relation("orders"), "?pg_temp public ");
}

TEST_F(NameResolutionTest, UserElementIsTheCurrentUsersSchema) {
  scope.search_path = {"$user", "public"};
  EXPECT_EQ(relation("orders"), "public ");
  scope.current_user = "hr";
  EXPECT_EQ(relation("orders"), "hr ");
}

TEST_F(NameResolutionTest, AnUnknownNameMayBeInAnySchemaOfThePath) {
  scope.search_path = {"$user", "public", "hr", "made_just_now", "pg_catalog"};
  EXPECT_EQ(relation("nothing"), "?public ?hr ?made_just_now missed");
  EXPECT_EQ(relation("hr.nothing"), "?hr missed");
  scope.search_path = {};
  EXPECT_EQ(relation("nothing"), "? missed");
}

TEST_F(NameResolutionTest, AnUncertainPathMeansEverySchema) {
  scope.search_path_known = false;
  EXPECT_EQ(relation("orders"), "public hr ");
  EXPECT_EQ(relation("salaries"), "hr ");
  EXPECT_EQ(relation("nothing"), "?public ?hr missed");
}

TEST_F(NameResolutionTest, CreatedNamesGoToTheFirstSchemaThatExists) {
  EXPECT_EQ(created("t"), "?public ");
  EXPECT_EQ(created("hr.t"), "?hr ");
  EXPECT_EQ(created("t", true), "?pg_temp ");
  scope.search_path = {"made_just_now", "hr", "public"};
  EXPECT_EQ(created("t"), "?made_just_now ?hr ");
  scope.search_path = {"pg_temp", "public"};
  EXPECT_EQ(created("t"), "?pg_temp ");
  scope.search_path = {};
  EXPECT_EQ(created("t"), "? ");
}

TEST_F(NameResolutionTest, ThreePartNamesNameTheServersDatabase) {
  built = maker.build();
  const NameResolver resolver(scope, *built);
  EXPECT_FALSE(resolver.is_foreign_database({"appdb", "public", "orders"}));
  EXPECT_TRUE(resolver.is_foreign_database({"app", "public", "orders"}));
  EXPECT_FALSE(resolver.is_foreign_database({"", "public", "orders"}));
}

TEST_F(NameResolutionTest, FunctionsOfAllSchemasOfThePathCompete) {
  maker.function("public.lower", 1);
  maker.function("hr.lower", 1);
  EXPECT_EQ(function("lower", 1), "pg_catalog1 public1 ");
  EXPECT_EQ(function("pg_catalog.lower", 1), "pg_catalog1 ");
  EXPECT_EQ(function("hr.lower", 1), "hr1 ");
  scope.search_path_known = false;
  EXPECT_EQ(function("lower", 1), "pg_catalog1 public1 hr1 ");
}

TEST_F(NameResolutionTest, TheNumberOfArgumentsExcludesOverloads) {
  maker.function("public.lower", 2);
  EXPECT_EQ(function("lower", 1), "pg_catalog1 ");
  EXPECT_EQ(function("lower", 2), "public2 ");
  EXPECT_EQ(function("lower", -1), "pg_catalog1 public2 ");
  // None fits: nothing is excluded.
  EXPECT_EQ(function("lower", 3), "pg_catalog1 public2 ");
  maker.last_function().minimum_arguments = 1;
  EXPECT_EQ(function("lower", 1), "pg_catalog1 public1 ");
  maker.last_function().minimum_arguments = 2;
  maker.last_function().variadic = true;
  EXPECT_EQ(function("lower", 7), "public2 ");
}

TEST_F(NameResolutionTest, UnknownFunctionsMayBeInAnySchemaOfThePathButPgCatalog) {
  EXPECT_EQ(function("nothing", 1), "?public ");
  EXPECT_EQ(function("hr.nothing", 1), "?hr ");
}

TEST_F(NameResolutionTest, TypesRowTypesAndArrays) {
  maker.type("public.mood");
  built = maker.build();
  scope.temporary_relations = {"int4"};
  const NameResolver resolver(scope, *built);
  const auto schema = [&](std::string_view name) {
    const QualifiedName asked = name_of(name);
    const auto found = resolver.types(asked);
    return found.empty() ? std::string("none") : std::string(found.front().schema);
  };
  EXPECT_EQ(schema("mood"), "public");
  EXPECT_EQ(schema("_mood"), "public");
  EXPECT_EQ(schema("orders"), "public");
  EXPECT_EQ(schema("hr.salaries"), "hr");
  EXPECT_EQ(schema("text"), "pg_catalog");
  EXPECT_EQ(schema("int4"), "pg_temp");
  EXPECT_EQ(schema("pg_catalog.int4"), "pg_catalog");
  EXPECT_EQ(schema("hr.mood"), "none");
  EXPECT_EQ(schema("nothing"), "none");
}

}  // namespace
}  // namespace sqlproxy::pipeline
