#include "pipeline/parse_cache.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <new>
#include <string>

// ThreadSanitizer brings an operator new of its own, which cannot be replaced.
#if !defined(__has_feature)
#define SP_COUNTS_ALLOCATIONS
#elif !__has_feature(thread_sanitizer)
#define SP_COUNTS_ALLOCATIONS
#endif

#ifdef SP_COUNTS_ALLOCATIONS
namespace {
std::size_t allocations = 0;
}  // namespace
#endif

namespace sqlproxy::pipeline {
namespace {

CacheKey key(std::string_view text, std::uint64_t hash, bool exact = false) {
  return {text, hash, exact};
}

std::shared_ptr<const Analysis> analysis(std::string sub_type = "SELECT") {
  auto made = std::make_shared<Analysis>();
  made->statements.emplace_back().sub_type = std::move(sub_type);
  return made;
}

TEST(ParseCache, FindsWhatWasInserted) {
  ParseCache cache;
  const auto made = analysis();
  EXPECT_EQ(cache.find(key("a", 1)), nullptr);
  cache.insert(key("a", 1), made);
  EXPECT_EQ(cache.find(key("a", 1)), made);
  EXPECT_EQ(cache.hits(), 1U);
  EXPECT_EQ(cache.misses(), 1U);
}

TEST(ParseCache, ComparesTheTextOnAHit) {
  ParseCache cache;
  cache.insert(key("a", 1), analysis());
  EXPECT_EQ(cache.find(key("b", 1)), nullptr);
  EXPECT_EQ(cache.find(key("a", 1, true)), nullptr);
  // The newer text of a collision replaces the older.
  const auto newer = analysis();
  cache.insert(key("b", 1), newer);
  EXPECT_EQ(cache.find(key("b", 1)), newer);
  EXPECT_EQ(cache.find(key("a", 1)), nullptr);
  EXPECT_EQ(cache.entries(), 1U);
}

TEST(ParseCache, KeepsItsOwnCopyOfTheKey) {
  ParseCache cache;
  std::string text = "a text too long to be kept in place";
  cache.insert(key(text, 1), analysis());
  const std::string same = text;
  text.assign(text.size(), 'x');
  EXPECT_NE(cache.find(key(same, 1)), nullptr);
}

TEST(ParseCache, DropsTheLeastRecentlyUsed) {
  ParseCache cache({.max_entries = 2, .max_bytes = 1 << 20});
  cache.insert(key("a", 1), analysis());
  cache.insert(key("b", 2), analysis());
  EXPECT_NE(cache.find(key("a", 1)), nullptr);
  cache.insert(key("c", 3), analysis());
  EXPECT_NE(cache.find(key("a", 1)), nullptr);
  EXPECT_EQ(cache.find(key("b", 2)), nullptr);
  EXPECT_NE(cache.find(key("c", 3)), nullptr);
}

TEST(ParseCache, BoundsItsBytes) {
  constexpr std::size_t kBytes = 64 << 10;
  ParseCache cache({.max_entries = 1000, .max_bytes = kBytes});
  for (std::uint64_t i = 0; i < 500; ++i) {
    cache.insert(key(std::string(1000, 'a'), i), analysis());
    EXPECT_LE(cache.bytes(), kBytes);
  }
  EXPECT_GT(cache.entries(), 10U);
  EXPECT_LT(cache.entries(), 64U);
  cache.clear();
  EXPECT_EQ(cache.bytes(), 0U);
  EXPECT_EQ(cache.entries(), 0U);
}

TEST(ParseCache, CountsWhatAnAnalysisHolds) {
  ParseCache cache;
  cache.insert(key("a", 1), analysis());
  const std::size_t small = cache.bytes();
  auto large = std::make_shared<Analysis>();
  Statement& statement = large->statements.emplace_back();
  statement.normalized.assign(1000, 'x');
  statement.objects.emplace_back().name.name.assign(1000, 'x');
  statement.functions.emplace_back().constant_arguments.emplace_back(std::string(1000, 'x'));
  cache.insert(key("b", 2), large);
  EXPECT_GT(cache.bytes(), 2 * small + 3000);
}

TEST(ParseCache, RefusesWhatIsTooLarge) {
  ParseCache cache({.max_entries = 10, .max_bytes = 8000});
  cache.insert(key(std::string(1001, 'a'), 1), analysis());
  EXPECT_EQ(cache.entries(), 0U);
  ParseCache short_keys({.max_key_bytes = 10});
  short_keys.insert(key("12345678901", 1), analysis());
  EXPECT_EQ(short_keys.entries(), 0U);
  short_keys.insert(key("1234567890", 1), analysis());
  EXPECT_EQ(short_keys.entries(), 1U);
  ParseCache none({.max_entries = 0, .max_bytes = 1 << 20});
  none.insert(key("a", 1), analysis());
  EXPECT_EQ(none.entries(), 0U);
}

// An error's message and position belong to one text.
TEST(ParseCache, SharesNoErrorsBetweenTexts) {
  auto failed = std::make_shared<Analysis>();
  failed->error = core::make_error(core::ErrorCode::invalid_input, core::sqlstate::kSyntaxError, "syntax error");
  ParseCache cache;
  cache.insert(key("a", 1, false), failed);
  EXPECT_EQ(cache.find(key("a", 1, false)), nullptr);
  cache.insert(key("a", 2, true), failed);
  EXPECT_EQ(cache.find(key("a", 2, true)), failed);
}

#ifdef SP_COUNTS_ALLOCATIONS
TEST(ParseCache, AllocatesNothingOnAHit) {
  CacheKeyMaker maker(1);
  ParseCache cache;
  const std::string first = "SELECT name FROM customers WHERE id = 1 AND state IN ('a', 'b')";
  const std::string second = "SELECT name FROM customers WHERE id = 22 AND state IN ('c')";
  cache.insert(maker.make(first), analysis());
  const std::size_t before = allocations;
  const auto found = cache.find(maker.make(second));
  EXPECT_EQ(allocations, before);
  EXPECT_NE(found, nullptr);
}
#endif

}  // namespace
}  // namespace sqlproxy::pipeline

#ifdef SP_COUNTS_ALLOCATIONS
// Counts for the whole test program.
void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
#endif
