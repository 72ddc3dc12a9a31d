#include "pipeline/catalog.hpp"

#include <gtest/gtest.h>

#include "tests/unit/pipeline/judge_fixture.hpp"

namespace sqlproxy::pipeline {
namespace {

using testing::CatalogMaker;

TEST(Catalog, FindsByNameAndOid) {
  CatalogMaker maker;
  const Oid orders = maker.relation("public.orders");
  maker.relation("hr.orders");
  const auto catalog = maker.build();
  ASSERT_NE(catalog->relation("public", "orders"), nullptr);
  EXPECT_EQ(catalog->relation("public", "orders")->oid, orders);
  EXPECT_EQ(catalog->relation(orders)->schema, "public");
  EXPECT_EQ(catalog->relation("orders", "public"), nullptr);
  EXPECT_EQ(catalog->relation(1), nullptr);
  EXPECT_EQ(catalog->relations_named("orders").size(), 2U);
  EXPECT_TRUE(catalog->relations_named("none").empty());
  EXPECT_TRUE(catalog->has_schema("hr"));
  EXPECT_FALSE(catalog->has_schema("h"));
  EXPECT_EQ(catalog->generation(), 1U);
}

TEST(Catalog, ClassifiesItsFunctions) {
  CatalogMaker maker;
  maker.function("public.f");
  const auto catalog = maker.build();
  EXPECT_EQ(catalog->functions_named("f").front()->function_class, FunctionClass::user_written);
  EXPECT_EQ(catalog->functions_named("pg_read_file").front()->function_class, FunctionClass::reads_files);
  EXPECT_EQ(catalog->function(catalog->functions_named("lower").front()->oid)->function_class, FunctionClass::safe);
}

TEST(Catalog, TellsBuiltinOperatorsFromOthers) {
  CatalogMaker maker;
  maker.op("public.=", maker.function("public.eq", 2));
  maker.op("pg_catalog.!!", maker.builtin("pg_read_binary_file"));
  const auto catalog = maker.build();
  EXPECT_TRUE(catalog->has_builtin_operator("="));
  EXPECT_EQ(catalog->other_operators_named("=").size(), 1U);
  EXPECT_FALSE(catalog->has_builtin_operator("!!"));
  EXPECT_EQ(catalog->other_operators_named("!!").size(), 1U);
}

TEST(Catalog, InitialSearchPathInPostgresOrder) {
  CatalogMaker maker;
  maker.rows().search_paths = {{"", false, "everyone"}};
  EXPECT_EQ(maker.build()->initial_search_path("ann"), "everyone");
  maker.rows().search_paths.push_back({"", true, "database"});
  EXPECT_EQ(maker.build()->initial_search_path("ann"), "database");
  maker.rows().search_paths.push_back({"ann", false, "role"});
  EXPECT_EQ(maker.build()->initial_search_path("ann"), "role");
  maker.rows().search_paths.push_back({"ann", true, "role in database"});
  EXPECT_EQ(maker.build()->initial_search_path("ann"), "role in database");
  EXPECT_EQ(maker.build()->initial_search_path("bob"), "database");
  EXPECT_EQ(CatalogMaker().build()->initial_search_path("ann"), "");
}

}  // namespace
}  // namespace sqlproxy::pipeline
