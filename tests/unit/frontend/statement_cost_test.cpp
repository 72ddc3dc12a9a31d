#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "tests/support/frontend/messages.hpp"
#include "tests/support/frontend/offline_session.hpp"

// What a statement that comes again costs, in a measure that no busy machine changes: allocations. The sanitizers bring
// an operator new of their own, which is worth more there than this count.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SP_COUNTS_ALLOCATIONS 0
#endif
#endif
#ifndef SP_COUNTS_ALLOCATIONS
#define SP_COUNTS_ALLOCATIONS 1
#endif

#if SP_COUNTS_ALLOCATIONS

namespace {

thread_local std::size_t g_allocations = 0;

}  // namespace

void* operator new(std::size_t size) {
  ++g_allocations;
  void* const memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void operator delete(void* memory) noexcept {
  std::free(memory);
}

void operator delete(void* memory, std::size_t /*size*/) noexcept {
  std::free(memory);
}

namespace sqlproxy::frontend::testing {
namespace {

class StatementCostTest : public ::testing::Test {
 protected:
  // Of each of many executions, when everything that is cached is cached. The messages' own strings are made before.
  std::size_t allocations(const std::string& messages, const std::string& answers) {
    constexpr int kWarmUp = 20;
    constexpr int kCounted = 100;
    for (int i = 0; i < kWarmUp; ++i) run(messages, answers);
    const std::size_t before = g_allocations;
    for (int i = 0; i < kCounted; ++i) run(messages, answers);
    return (g_allocations - before + kCounted - 1) / kCounted;
  }
  void run(const std::string& messages, const std::string& answers) {
    (void)session.client(messages);
    (void)session.server(answers);
    ASSERT_FALSE(session.violated());
    ASSERT_TRUE(session.core.tracker.idle());
  }

  OfflineSession session;
};

// One more than there are; three or four of them are the test's own, strings in which it gets what goes out. A walk
// through the policy alone would be ten times as many.
TEST_F(StatementCostTest, AQuery) {
  EXPECT_LE(allocations(query("SELECT 4711 FROM t"), complete("SELECT 1") + ready('I')), 6);
}

TEST_F(StatementCostTest, ADeniedQuery) {
  const std::string text = query("SELECT 4711 FROM secret.t");
  const auto deny = [&] {
    (void)session.client(text);
    (void)session.local();
  };
  for (int i = 0; i < 20; ++i) deny();
  const std::size_t before = g_allocations;
  deny();
  EXPECT_LE(g_allocations - before, 20);
}

TEST_F(StatementCostTest, AnExecuteOfAPreparedStatement) {
  (void)session.client(parse("s", "SELECT $1 FROM t") + sync());
  (void)session.server(parsed() + ready('I'));
  const std::string batch = bind_portal("", "s") + execute("") + sync();
  EXPECT_LE(allocations(batch, bound() + complete("SELECT 1") + ready('I')), 7);
}

TEST_F(StatementCostTest, AParseOfTheSameTextEachTime) {
  const std::string batch = parse("", "SELECT $1 FROM t") + bind_portal("", "") + execute("") + sync();
  EXPECT_LE(allocations(batch, parsed() + bound() + complete("SELECT 1") + ready('I')), 8);
}

}  // namespace
}  // namespace sqlproxy::frontend::testing

#endif
