#include "frontend/cancel_registry.hpp"

#include <gtest/gtest.h>

namespace sqlproxy::frontend {
namespace {

class CancelRegistryTest : public ::testing::Test {
 protected:
  // A session that counts what reaches it.
  std::string issue(std::int32_t process_id, int& cancelled, std::size_t size = 4) {
    return registry.issue(process_id, size, [&cancelled](const std::function<void()>& done) {
      ++cancelled;
      done();
    });
  }
  // True when the request has been answered on the spot.
  bool request(std::int32_t process_id, const std::string& key) {
    bool done = false;
    registry.request(process_id, key, [&done] { done = true; });
    return done;
  }

  CancelRegistry registry;
};

TEST_F(CancelRegistryTest, AKeyReachesItsSessionOnly) {
  int first = 0;
  int second = 0;
  const std::string a = issue(7, first);
  const std::string b = issue(7, second);
  EXPECT_EQ(a.size(), 4U);
  EXPECT_NE(a, b);
  EXPECT_TRUE(request(7, b));
  EXPECT_EQ(first, 0);
  EXPECT_EQ(second, 1);
  EXPECT_TRUE(request(7, a));
  EXPECT_EQ(first, 1);
}

TEST_F(CancelRegistryTest, AWrongKeyIsAnsweredLikeARightOne) {
  int cancelled = 0;
  const std::string key = issue(7, cancelled, 32);
  std::string wrong = key;
  wrong[31] = static_cast<char>(wrong[31] ^ 1);
  EXPECT_TRUE(request(7, wrong));
  EXPECT_TRUE(request(7, key.substr(0, 31)));
  EXPECT_TRUE(request(7, ""));
  EXPECT_TRUE(request(7, key + "x"));
  EXPECT_TRUE(request(8, key));
  EXPECT_EQ(cancelled, 0);
  EXPECT_TRUE(request(7, key));
  EXPECT_EQ(cancelled, 1);
}

TEST_F(CancelRegistryTest, ARevokedKeyReachesNobody) {
  int first = 0;
  int second = 0;
  const std::string a = issue(7, first);
  const std::string b = issue(7, second);
  registry.revoke(7, "never issued");
  registry.revoke(7, a);
  registry.revoke(7, a);
  EXPECT_TRUE(request(7, a));
  EXPECT_TRUE(request(7, b));
  EXPECT_EQ(first, 0);
  EXPECT_EQ(second, 1);
}

// The session answers on its own worker, later; and may end, which revokes the key, while it is asked.
TEST_F(CancelRegistryTest, TheSessionIsCalledWithoutALock) {
  std::function<void()> later;
  std::string key;
  key = registry.issue(7, 4, [&](std::function<void()> done) {
    registry.revoke(7, key);
    later = std::move(done);
  });
  bool done = false;
  registry.request(7, key, [&done] { done = true; });
  EXPECT_FALSE(done);
  ASSERT_TRUE(later);
  later();
  EXPECT_TRUE(done);
}

}  // namespace
}  // namespace sqlproxy::frontend
