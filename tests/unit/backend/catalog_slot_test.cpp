#include "backend/catalog_slot.hpp"

#include <gtest/gtest.h>

namespace sqlproxy::backend {
namespace {

class CatalogSlotTest : public ::testing::Test {
 protected:
  static std::shared_ptr<const pipeline::Catalog> catalog() { return pipeline::Catalog::build({}, 1); }

  int loads = 0;
  LoadUrgency newest = LoadUrgency::soon;
  CatalogSlot slot{[this](LoadUrgency urgency) {
    ++loads;
    newest = urgency;
  }};
};

TEST_F(CatalogSlotTest, IsEmptyBeforeTheFirstLoad) {
  EXPECT_EQ(slot.version(), 0U);
  EXPECT_EQ(slot.current(), nullptr);
}

TEST_F(CatalogSlotTest, EachPublishRaisesTheVersion) {
  const auto first = catalog();
  slot.publish(first);
  EXPECT_EQ(slot.version(), 1U);
  EXPECT_EQ(slot.current(), first);
  const auto second = catalog();
  slot.publish(second);
  EXPECT_EQ(slot.version(), 2U);
  EXPECT_EQ(slot.current(), second);
}

TEST_F(CatalogSlotTest, OneLoadServesAllRequestsBeforeItBegins) {
  slot.request_refresh();
  slot.request_refresh();
  slot.refresh_then([] {});
  EXPECT_EQ(loads, 1);
  slot.load_started();
  EXPECT_EQ(loads, 1);
  slot.publish(catalog());
  EXPECT_EQ(loads, 1);
}

TEST_F(CatalogSlotTest, ARequestCanBecomeUrgent) {
  slot.request_refresh(LoadUrgency::soon);
  EXPECT_EQ(newest, LoadUrgency::soon);
  slot.request_refresh(LoadUrgency::soon);
  EXPECT_EQ(loads, 1);
  slot.refresh_then([] {});
  EXPECT_EQ(loads, 2);
  EXPECT_EQ(newest, LoadUrgency::now);
  slot.request_refresh();
  slot.request_refresh(LoadUrgency::soon);
  EXPECT_EQ(loads, 2);
  slot.load_started();
  slot.request_refresh(LoadUrgency::soon);
  EXPECT_EQ(loads, 3);
}

// A load that is under way may have read the tables already that the request is about.
TEST_F(CatalogSlotTest, ARequestDuringALoadNeedsAnother) {
  slot.request_refresh();
  slot.load_started();
  slot.request_refresh();
  slot.request_refresh();
  EXPECT_EQ(loads, 2);
  slot.publish(catalog());
  EXPECT_EQ(loads, 2);
}

TEST_F(CatalogSlotTest, WhoWaitsIsCalledWhenALoadThatBeganLaterHasEnded) {
  int first = 0;
  int second = 0;
  slot.refresh_then([&first] { ++first; });
  slot.load_started();
  slot.refresh_then([&second] { ++second; });
  EXPECT_EQ(first, 0);
  slot.publish(catalog());
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, 0);
  slot.load_started();
  slot.load_failed();
  EXPECT_EQ(first, 1);
  EXPECT_EQ(second, 1) << "a load that failed has ended too";
  EXPECT_EQ(slot.version(), 1U);
  EXPECT_NE(slot.current(), nullptr) << "the old snapshot stays";
}

TEST_F(CatalogSlotTest, WhoIsCalledMayAskAgain) {
  bool again = false;
  slot.refresh_then([&] {
    EXPECT_EQ(slot.version(), 1U);
    slot.refresh_then([&again] { again = true; });
  });
  slot.load_started();
  slot.publish(catalog());
  EXPECT_EQ(loads, 2);
  EXPECT_FALSE(again);
  slot.load_started();
  slot.publish(catalog());
  EXPECT_TRUE(again);
}

}  // namespace
}  // namespace sqlproxy::backend
