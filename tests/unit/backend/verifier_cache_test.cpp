#include "backend/verifier_cache.hpp"

#include <gtest/gtest.h>

namespace sqlproxy::backend {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class VerifierCacheTest : public ::testing::Test {
 protected:
  [[nodiscard]] bool knows(const VerifierCache& cache, const std::string& user, milliseconds after) const {
    return cache.find(user, start + after).has_value();
  }

  const core::TimePoint start = core::SteadyClock::now();
  const VerifierAnswer found{std::make_shared<RoleVerifier>(), std::nullopt};
  const VerifierAnswer nobody{};
};

TEST_F(VerifierCacheTest, BelievesForItsLifetime) {
  VerifierCache cache(seconds(10));
  EXPECT_FALSE(cache.find("ann", start));
  cache.keep("ann", found, start);
  EXPECT_EQ(cache.find("ann", start + milliseconds(9999)), found.verifier);
  EXPECT_FALSE(knows(cache, "ann", seconds(10)));
  EXPECT_FALSE(knows(cache, "bob", seconds(0)));
}

TEST_F(VerifierCacheTest, NotPastTheRolesOwnEnd) {
  VerifierCache cache(seconds(10));
  cache.keep("ann", {found.verifier, seconds(3)}, start);
  cache.keep("bob", {found.verifier, seconds(30)}, start);
  EXPECT_TRUE(knows(cache, "ann", milliseconds(2999)));
  EXPECT_FALSE(knows(cache, "ann", seconds(3)));
  EXPECT_FALSE(knows(cache, "bob", seconds(10)));
}

TEST_F(VerifierCacheTest, NobodyIsRememberedBriefly) {
  VerifierCache cache(seconds(10));
  cache.keep("nobody", nobody, start);
  EXPECT_EQ(cache.find("nobody", start + VerifierCache::kUnknownLifetime - milliseconds(1)), RoleVerifierPtr());
  EXPECT_FALSE(knows(cache, "nobody", VerifierCache::kUnknownLifetime));
}

TEST_F(VerifierCacheTest, ALifetimeOfZeroRemembersNothing) {
  VerifierCache cache(milliseconds(0));
  cache.keep("ann", found, start);
  cache.keep("nobody", nobody, start);
  EXPECT_EQ(cache.size(), 0U);
}

TEST_F(VerifierCacheTest, TheNewerAnswerReplacesTheOlder) {
  VerifierCache cache(seconds(10));
  cache.keep("ann", found, start);
  cache.keep("ann", nobody, start);
  EXPECT_EQ(cache.find("ann", start), RoleVerifierPtr());
  cache.keep("ann", found, start);
  EXPECT_EQ(cache.find("ann", start), found.verifier);
  EXPECT_EQ(cache.size(), 1U);
  cache.forget("ann");
  EXPECT_EQ(cache.size(), 0U);
}

TEST_F(VerifierCacheTest, TriedNamesDriveOutNobodyAndTakeNoMemoryWithoutEnd) {
  VerifierCache cache(seconds(10));
  cache.keep("ann", found, start);
  for (std::size_t i = 0; i < VerifierCache::kMaxUnknown * 2; ++i) {
    cache.keep("tried" + std::to_string(i), nobody, start + std::chrono::microseconds(i));
  }
  EXPECT_EQ(cache.size(), VerifierCache::kMaxUnknown + 1);
  EXPECT_TRUE(knows(cache, "ann", milliseconds(10)));
  EXPECT_TRUE(knows(cache, "tried" + std::to_string(VerifierCache::kMaxUnknown * 2 - 1), milliseconds(2)));
  EXPECT_FALSE(knows(cache, "tried0", milliseconds(2)));
}

TEST_F(VerifierCacheTest, TheOldestGoesWhenThereAreTooMany) {
  VerifierCache cache(seconds(10));
  for (std::size_t i = 0; i <= VerifierCache::kMaxKnown; ++i) {
    cache.keep("user" + std::to_string(i), found, start + std::chrono::microseconds(i));
  }
  EXPECT_EQ(cache.size(), VerifierCache::kMaxKnown);
  EXPECT_FALSE(knows(cache, "user0", milliseconds(0)));
  EXPECT_TRUE(knows(cache, "user1", milliseconds(0)));
}

}  // namespace
}  // namespace sqlproxy::backend
