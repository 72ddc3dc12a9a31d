#include "audit/delivery_state.hpp"

#include <gtest/gtest.h>

#include "tests/unit/audit/audit_testing.hpp"

namespace sqlproxy::audit {
namespace {

using testing::TemporaryFolder;
using testing::write_file;

TEST(DeliveryState, IsMadeOnceAndKept) {
  const TemporaryFolder folder;
  const auto first = load_delivery_state(folder / "audit.jsonl");
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->trail_id.size(), 36U);
  EXPECT_EQ(first->sequence, 0U);
  ASSERT_TRUE(save_delivery_state(folder / "audit.jsonl", {first->trail_id, 42}));
  const auto second = load_delivery_state(folder / "audit.jsonl");
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(second->trail_id, first->trail_id);
  EXPECT_EQ(second->sequence, 42U);
}

TEST(DeliveryState, BelongsToOneFile) {
  const TemporaryFolder folder;
  const auto one = load_delivery_state(folder / "one.jsonl");
  const auto two = load_delivery_state(folder / "two.jsonl");
  ASSERT_TRUE(one && two);
  EXPECT_NE(one->trail_id, two->trail_id);
}

// What a shell's "audit.jsonl*" finds must be the trail and nothing else.
TEST(DeliveryState, IsHidden) {
  EXPECT_EQ(delivery_state_path("/var/audit.jsonl"), "/var/.audit.jsonl.delivery");
  EXPECT_EQ(delivery_state_path("audit.jsonl"), ".audit.jsonl.delivery");
}

TEST(DeliveryState, OneThatIsDamagedIsReplaced) {
  const TemporaryFolder folder;
  for (const char* text : {"", "\n", "x 1\n", "01a1f813-a852-7c81-9370-b8d7d3f42f62\n",
                           "01a1f813-a852-7c81-9370-b8d7d3f42f62 x\n", "01a1f813-a852-7c81-9370-b8d7d3f42f6' 1\n"}) {
    write_file(delivery_state_path(folder / "audit.jsonl"), text);
    const auto state = load_delivery_state(folder / "audit.jsonl");
    ASSERT_TRUE(state.has_value()) << text;
    EXPECT_EQ(state->sequence, 0U) << text;
    EXPECT_EQ(state->trail_id.size(), 36U) << text;
  }
}

TEST(DeliveryState, AFolderThatIsNotThereIsAnError) {
  const TemporaryFolder folder;
  EXPECT_FALSE(load_delivery_state(folder.path() / "nowhere" / "audit.jsonl"));
}

}  // namespace
}  // namespace sqlproxy::audit
