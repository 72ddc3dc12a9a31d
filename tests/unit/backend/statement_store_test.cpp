#include "backend/statement_store.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace sqlproxy::backend {
namespace {

TEST(StatementStore, TheSameIsOneStatement) {
  StatementStore store;
  const SharedStatementPtr a = store.intern("SELECT $1", "", 1);
  EXPECT_EQ(store.intern("SELECT $1", "", 1), a);
  EXPECT_TRUE(a->server_name.starts_with(StatementStore::kPrefix));
  const std::string_view int4("\0\0\0\x17", 4);
  EXPECT_NE(store.intern("SELECT  $1", "", 1), a);
  EXPECT_NE(store.intern("SELECT $1", int4, 1), a);
  EXPECT_NE(store.intern("SELECT $1", "", 2), a);
  const SharedStatementPtr typed = store.intern("SELECT $1", int4, 1);
  EXPECT_EQ(typed->parameter_types, int4);
  EXPECT_NE(typed->server_name, a->server_name);
}

TEST(StatementStore, WhatNobodyHoldsIsForgotten) {
  StatementStore store;
  SharedStatementPtr a = store.intern("SELECT 1", "", 0);
  const std::string name = a->server_name;
  SharedStatementPtr b = a;
  a.reset();
  EXPECT_EQ(store.size(), 1U);
  b.reset();
  EXPECT_EQ(store.size(), 0U);
  // A server connection that still has the old name can never take it for the new one.
  EXPECT_NE(store.intern("SELECT 1", "", 0)->server_name, name);
}

TEST(StatementStore, StatementsMayOutliveIt) {
  SharedStatementPtr kept;
  {
    StatementStore store;
    kept = store.intern("SELECT 1", "", 0);
  }
  EXPECT_EQ(kept->text, "SELECT 1");
}

TEST(StatementStore, PrivateOnesAreNeverShared) {
  StatementStore store;
  const SharedStatementPtr a = store.make_private("EXECUTE s", "");
  EXPECT_NE(store.make_private("EXECUTE s", "")->server_name, a->server_name);
  EXPECT_NE(store.intern("EXECUTE s", "", 0), a);
  EXPECT_EQ(StatementStore::make_nameless("SELECT 1", "")->server_name, "");
  EXPECT_EQ(store.size(), 0U);
  EXPECT_NE(store.next_client(), store.next_client());
}

TEST(StatementStore, ThreadsMeetInIt) {
  StatementStore store;
  std::vector<std::thread> threads;
  std::vector<int> wrong(4);
  for (std::size_t thread = 0; thread < wrong.size(); ++thread) {
    threads.emplace_back([&store, &wrong, thread] {
      for (int i = 0; i < 5000; ++i) {
        const std::string text = "SELECT " + std::to_string(i % 7);
        const SharedStatementPtr a = store.intern(text, "", 0);
        const SharedStatementPtr b = store.intern(text, "", 0);
        if (a != b || a->text != text) ++wrong[thread];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(4));
  EXPECT_EQ(store.size(), 0U);
}

}  // namespace
}  // namespace sqlproxy::backend
