#include "backend/pool_pause.hpp"

#include <gtest/gtest.h>

namespace sqlproxy::backend {
namespace {

PoolKey key(std::string database, std::string dbname) {
  return {"default", std::move(database), std::move(dbname), "service"};
}

TEST(PoolPause, OneDatabaseByItsName) {
  PoolPause pause;
  EXPECT_TRUE(pause.pause({"app"}));
  EXPECT_FALSE(pause.pause({"app"}));
  EXPECT_TRUE(pause.covers(key("app", "production")));
  EXPECT_FALSE(pause.covers(key("other", "app")));
  EXPECT_FALSE(pause.all());
  EXPECT_FALSE(pause.resume({"other"}));
  EXPECT_TRUE(pause.resume({"app"}));
  EXPECT_FALSE(pause.any());
}

TEST(PoolPause, OfTheFallbackEntryByTheServersName) {
  PoolPause pause;
  EXPECT_TRUE(pause.pause({"shop"}));
  EXPECT_TRUE(pause.covers(key("*", "shop")));
  EXPECT_FALSE(pause.covers(key("*", "app")));
}

TEST(PoolPause, AllAndResumeAll) {
  PoolPause pause;
  EXPECT_FALSE(pause.resume({}));
  EXPECT_TRUE(pause.pause({"app"}));
  EXPECT_TRUE(pause.pause({}));
  EXPECT_FALSE(pause.pause({}));
  EXPECT_FALSE(pause.pause({"other"}));
  EXPECT_TRUE(pause.covers(key("other", "other")));
  EXPECT_TRUE(pause.resume({}));
  EXPECT_FALSE(pause.covers(key("app", "app")));
}

}  // namespace
}  // namespace sqlproxy::backend
