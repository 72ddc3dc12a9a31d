#include "core/ring.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <random>
#include <string>

namespace sqlproxy::core {
namespace {

TEST(Ring, KeepsTheOrderOfAQueue) {
  Ring<std::string> ring;
  EXPECT_TRUE(ring.empty());
  for (const char* text : {"a", "b", "c"}) ring.push_back(std::string(text));
  EXPECT_EQ(ring.size(), 3U);
  EXPECT_EQ(ring.front(), "a");
  EXPECT_EQ(ring.back(), "c");
  EXPECT_EQ(ring[1], "b");
  EXPECT_EQ(ring.pop_front(), "a");
  EXPECT_EQ(ring.front(), "b");
}

TEST(Ring, LetsGoOfWhatIsTakenOut) {
  Ring<std::shared_ptr<int>> ring;
  const auto value = std::make_shared<int>(1);
  for (int i = 0; i < 4; ++i) ring.push_back(std::shared_ptr<int>(value));
  EXPECT_EQ(value.use_count(), 5);
  (void)ring.pop_front();
  EXPECT_EQ(value.use_count(), 4);
  (void)ring.remove(1);
  EXPECT_EQ(value.use_count(), 3);
  (void)ring.remove(0);
  (void)ring.remove(0);
  EXPECT_EQ(value.use_count(), 1);
  EXPECT_TRUE(ring.empty());
}

// Against std::deque, through growth at every offset of the first element.
TEST(Ring, IsADequeWhateverIsDoneWithIt) {
  std::mt19937 random(1);  // NOLINT(*-msc51-cpp): the same walk each time
  Ring<int> ring;
  std::deque<int> model;
  for (int step = 0; step < 20000; ++step) {
    const auto choice = random() % 16;
    if (choice < 8 || model.empty()) {
      ring.push_back(int{step});
      model.push_back(step);
    } else if (choice < 12) {
      EXPECT_EQ(ring.pop_front(), model.front());
      model.pop_front();
    } else if (choice < 14) {
      ASSERT_EQ(ring.back(), model.back());
      ring.pop_back();
      model.pop_back();
    } else {
      const std::size_t index = random() % model.size();
      EXPECT_EQ(ring.remove(index), model[index]);
      model.erase(model.begin() + static_cast<std::ptrdiff_t>(index));
    }
    ASSERT_EQ(ring.size(), model.size());
    if (step % 64 != 0) continue;
    for (std::size_t i = 0; i < model.size(); ++i) ASSERT_EQ(ring[i], model[i]);
    while (model.size() > 40) {
      ASSERT_EQ(ring.pop_front(), model.front());
      model.pop_front();
    }
  }
}

}  // namespace
}  // namespace sqlproxy::core
