#include "pipeline/function_classes.hpp"

#include <gtest/gtest.h>

namespace sqlproxy::pipeline {
namespace {

CatalogFunction builtin(std::string name, Volatility volatility = Volatility::volatile_) {
  CatalogFunction made;
  made.oid = 1000;
  made.schema = "pg_catalog";
  made.name = std::move(name);
  made.volatility = volatility;
  made.language = "internal";
  return made;
}

TEST(FunctionClasses, ReviewedBuiltinsHaveTheirClass) {
  using enum FunctionClass;
  EXPECT_EQ(classify_function(builtin("query_to_xml")), runs_sql);
  EXPECT_EQ(classify_function(builtin("database_to_xml", Volatility::stable)), runs_sql);
  EXPECT_EQ(classify_function(builtin("pg_read_binary_file")), reads_files);
  EXPECT_EQ(classify_function(builtin("pg_terminate_backend")), controls_server);
  EXPECT_EQ(classify_function(builtin("pg_logical_slot_get_changes")), replicates);
  EXPECT_EQ(classify_function(builtin("pg_stat_reset")), resets_statistics);
  EXPECT_EQ(classify_function(builtin("lo_get")), large_object);
  EXPECT_EQ(classify_function(builtin("loread")), large_object);
  EXPECT_EQ(classify_function(builtin("lo_import")), reads_files);
  EXPECT_EQ(classify_function(builtin("setval")), writes);
  EXPECT_EQ(classify_function(builtin("pg_get_functiondef", Volatility::stable)), shows_source);
  EXPECT_EQ(classify_function(builtin("pg_show_all_settings", Volatility::stable)), shows_data);
  EXPECT_EQ(classify_function(builtin("domain_in", Volatility::stable)), internal);
  EXPECT_EQ(classify_function(builtin("set_config")), changes_setting);
  EXPECT_EQ(classify_function(builtin("current_setting", Volatility::stable)), reads_setting);
  EXPECT_EQ(classify_function(builtin("pg_notify")), notifies);
}

TEST(FunctionClasses, OnlyOneOverloadOfTsRewriteRunsSql) {
  EXPECT_EQ(classify_function(builtin("ts_rewrite", Volatility::volatile_)), FunctionClass::runs_sql);
  EXPECT_EQ(classify_function(builtin("ts_rewrite", Volatility::immutable)), FunctionClass::safe);
}

TEST(FunctionClasses, VolatileBuiltinsAreSafeOnlyWhenReviewed) {
  EXPECT_EQ(classify_function(builtin("random")), FunctionClass::safe);
  EXPECT_EQ(classify_function(builtin("pg_sleep")), FunctionClass::safe);
  EXPECT_EQ(classify_function(builtin("pg_try_advisory_lock")), FunctionClass::safe);
  EXPECT_EQ(classify_function(builtin("pg_new_in_release_19")), FunctionClass::unreviewed);
  EXPECT_EQ(classify_function(builtin("new_stable", Volatility::stable)), FunctionClass::safe);
  CatalogFunction definer = builtin("new_stable", Volatility::stable);
  definer.security_definer = true;
  EXPECT_EQ(classify_function(definer), FunctionClass::unreviewed);
}

TEST(FunctionClasses, WhatWasAddedToTheSystemSchemasIsNotTrusted) {
  CatalogFunction added = builtin("lower", Volatility::immutable);
  added.oid = 16384;
  EXPECT_EQ(classify_function(added), FunctionClass::unreviewed);
  added.schema = "information_schema";
  EXPECT_EQ(classify_function(added), FunctionClass::user_written);
  added.oid = 13000;
  EXPECT_EQ(classify_function(added), FunctionClass::safe);
  added.schema = "public";
  EXPECT_EQ(classify_function(added), FunctionClass::user_written);
}

TEST(FunctionClasses, SettingsWithSecrets) {
  EXPECT_TRUE(is_secret_setting("primary_conninfo"));
  EXPECT_TRUE(is_secret_setting("ssl_passphrase_command"));
  EXPECT_FALSE(is_secret_setting("search_path"));
}

}  // namespace
}  // namespace sqlproxy::pipeline
