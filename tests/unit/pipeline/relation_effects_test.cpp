#include "pipeline/relation_effects.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/unit/pipeline/effects_text.hpp"
#include "tests/unit/pipeline/judge_fixture.hpp"

namespace sqlproxy::pipeline {
namespace {

using test::effects_text;
using testing::CatalogMaker;

class RelationEffectsTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::string read(Oid relation) { return effects_text(catalog.build()->relation(relation)->on_read); }
  [[nodiscard]] std::string write(Oid relation) { return effects_text(catalog.build()->relation(relation)->on_write); }
  // A table with a trigger.
  Oid triggered(std::string_view name) {
    const Oid oid = catalog.relation(name);
    catalog.rows().relation_code.push_back({oid, 0, false});
    return oid;
  }

  CatalogMaker catalog;
};

TEST_F(RelationEffectsTest, OwnCode) {
  const Oid plain = catalog.relation("public.plain");
  const Oid table = triggered("public.t");
  const Oid secured = catalog.relation("public.secured");
  catalog.rows().relation_code.push_back({secured, catalog.function("public.f"), true});
  const Oid numbered = catalog.relation("public.numbered");
  catalog.rows().relation_code.push_back({numbered, catalog.builtin("nextval"), false});
  const Oid timed = catalog.relation("public.timed");
  catalog.rows().relation_code.push_back({timed, catalog.builtin("random", 0), false});
  const Oid odd = catalog.relation("public.odd");
  catalog.rows().relation_code.push_back({odd, catalog.builtin("set_config", 3), false});
  EXPECT_EQ(read(plain) + write(plain), "");
  EXPECT_EQ(read(table), "");
  EXPECT_EQ(write(table), "opaque");
  EXPECT_EQ(read(secured), "opaque");
  EXPECT_EQ(write(secured), "opaque");
  EXPECT_EQ(write(numbered), "sequence_written");
  EXPECT_EQ(write(timed), "");
  EXPECT_EQ(write(odd), "settings opaque");
}

TEST_F(RelationEffectsTest, Views) {
  const Oid table = triggered("public.t");
  const Oid over_trigger = catalog.view("public.a", {table});
  const Oid over_view = catalog.view("public.b", {over_trigger});
  const Oid calling = catalog.view("public.c", {table}, {catalog.function("public.f")});
  const Oid over_calling = catalog.view("public.d", {calling});
  const Oid stored =
      catalog.view("public.e", {calling}, {catalog.builtin("pg_advisory_lock")}, RelationKind::materialized_view);
  const Oid lost = catalog.view("public.g", {12});
  const Oid settings = catalog.build()->relation("pg_catalog", "pg_settings")->oid;
  const Oid over_settings = catalog.view("public.h", {settings});
  EXPECT_EQ(read(over_view), "");
  EXPECT_EQ(write(over_view), "opaque");
  EXPECT_EQ(read(calling), "opaque");
  EXPECT_EQ(read(over_calling), "opaque");
  EXPECT_EQ(read(stored), "");
  EXPECT_EQ(write(stored), "advisory_lock opaque");
  EXPECT_EQ(read(lost), "opaque");
  EXPECT_EQ(read(over_settings), "");
  EXPECT_EQ(write(over_settings), "opaque");
}

TEST_F(RelationEffectsTest, RulesOfTables) {
  const Oid logged = triggered("public.log");
  const Oid ruled = catalog.relation("public.ruled");
  catalog.relation_row(ruled).has_rules = true;
  catalog.relation_row(ruled).rule_relations = {ruled, logged};
  EXPECT_EQ(read(ruled), "");
  EXPECT_EQ(write(ruled), "opaque");
}

TEST_F(RelationEffectsTest, PartitionsAndChildren) {
  const Oid parent = catalog.relation("public.parent", RelationKind::partitioned_table);
  const Oid middle = catalog.child("public.middle", {parent});
  const Oid leaf = catalog.child("public.leaf", {middle});
  const Oid sibling = catalog.child("public.sibling", {parent});
  catalog.rows().relation_code.push_back({leaf, 0, true});
  EXPECT_EQ(read(parent), "opaque");
  EXPECT_EQ(write(parent), "opaque");
  EXPECT_EQ(read(middle), "opaque");
  EXPECT_EQ(write(sibling), "");
}

TEST_F(RelationEffectsTest, ForeignKeysCascadeToReferringTables) {
  const Oid referred = catalog.relation("public.referred");
  const Oid between = catalog.relation("public.between");
  const Oid referring = triggered("public.referring");
  catalog.relation_row(referred).referenced_by = {between, referred};
  catalog.relation_row(between).referenced_by = {referring, referred};
  EXPECT_EQ(read(referred), "");
  EXPECT_EQ(write(referred), "opaque");
  EXPECT_EQ(write(between), "opaque");
}

TEST_F(RelationEffectsTest, PoliciesReadOtherRelations) {
  const Oid calling = catalog.view("public.rights", {}, {catalog.function("public.f")});
  const Oid secured = catalog.relation("public.secured");
  catalog.rows().policy_reads.push_back({secured, calling});
  EXPECT_EQ(read(secured), "opaque");
}

TEST_F(RelationEffectsTest, IndexesHaveTheirTablesExpressions) {
  const Oid table = triggered("public.t");
  const Oid other = catalog.relation("public.other");
  const Oid index = catalog.relation("public.t_index", RelationKind::index);
  catalog.relation_row(index).parents = {table};
  const Oid parted = catalog.relation("public.p_index", RelationKind::partitioned_index);
  const Oid part = catalog.relation("public.o_index", RelationKind::index);
  catalog.relation_row(parted).parents = {other};
  catalog.relation_row(part).parents = {table, parted};
  EXPECT_EQ(write(index), "opaque");
  EXPECT_EQ(write(parted), "opaque");
}

}  // namespace
}  // namespace sqlproxy::pipeline
