#include "core/staged_map.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <optional>
#include <random>
#include <vector>

namespace sqlproxy::core {
namespace {

using Map = StagedMap<int>;
using Change = Map::Change;

int value(Map& map, std::string_view name) {
  const auto found = map.find(name);
  return found.value == nullptr ? -1 : *found.value;
}

TEST(StagedMap, AChangeCountsAheadOfItsConfirmation) {
  Map map;
  map.expect(1, 1, Change::define, "a", 10);
  EXPECT_EQ(value(map, "a"), 10);
  EXPECT_EQ(map.find("a").unconfirmed_group, 1U);
  EXPECT_EQ(map.size(), 0U);
  map.expect(2, 2, Change::remove, "a");
  EXPECT_EQ(value(map, "a"), -1);
  EXPECT_EQ(map.find("a").unconfirmed_group, 2U);
  map.confirm(1);
  EXPECT_EQ(map.size(), 1U);
  EXPECT_EQ(value(map, "a"), -1);
  map.forget(2);
  EXPECT_EQ(value(map, "a"), 10);
  EXPECT_EQ(map.find("a").unconfirmed_group, 0U);
  EXPECT_FALSE(map.has_expected());
}

TEST(StagedMap, RemovingAllLeavesTheEmptyName) {
  Map map;
  for (const std::string_view name : {"", "a"}) {
    map.expect(1, 1, Change::define, name, 1);
    map.confirm(1);
  }
  map.expect(2, 2, Change::remove_all, {});
  EXPECT_EQ(value(map, ""), 1);
  EXPECT_EQ(value(map, "a"), -1);
  EXPECT_EQ(map.find("a").unconfirmed_group, 2U);
  EXPECT_EQ(map.find("b").unconfirmed_group, 2U);
  map.confirm(2);
  EXPECT_EQ(value(map, ""), 1);
  EXPECT_EQ(map.size(), 1U);
  map.clear_now();
  EXPECT_EQ(map.size(), 0U);
}

TEST(StagedMap, PlacesThatAreUsedAgainMeanNothingToOtherNames) {
  Map map;
  map.expect(1, 1, Change::define, "a", 1);
  map.forget(1);
  map.expect(2, 1, Change::define, "b", 2);
  EXPECT_EQ(value(map, "a"), -1);
  EXPECT_EQ(map.find("a").unconfirmed_group, 0U);
  map.expect(3, 1, Change::remove_all, {});
  map.forget(3);
  map.expect(4, 1, Change::define, "c", 3);
  EXPECT_EQ(value(map, "b"), 2);
  // A name that is present when the change behind it is taken back.
  map.confirm(2);
  map.expect(5, 2, Change::define, "b", 20);
  map.forget(5);
  map.expect(6, 2, Change::define, "d", 4);
  EXPECT_EQ(value(map, "b"), 2);
}

TEST(StagedMap, VisitsWhatStandsForSomething) {
  Map map;
  for (const auto& [name, number] : {std::pair("a", 1), std::pair("b", 2), std::pair("c", 3)}) {
    map.expect(1, 1, Change::define, name, number);
    map.confirm(1);
  }
  map.expect(2, 2, Change::remove, "a");
  map.expect(3, 3, Change::define, "d", 4);
  std::map<std::string, std::pair<int, std::uint32_t>, std::less<>> seen;
  map.for_each(
      [&](std::string_view name, int number, std::uint32_t group) { seen[std::string(name)] = {number, group}; });
  EXPECT_EQ(seen, (std::map<std::string, std::pair<int, std::uint32_t>, std::less<>>{
                      {"b", {2, 0}}, {"c", {3, 0}}, {"d", {4, 3}}}));
}

// The same, without any cleverness.
class Model {
 public:
  void expect(std::uint32_t payload, Change change, std::string name, int number) {
    expected_.push_back({payload, change, std::move(name), number});
  }
  void confirm(std::uint32_t payload) {
    if (expected_.empty() || expected_.front().payload != payload) return;
    apply(confirmed_, expected_.front());
    expected_.erase(expected_.begin());
  }
  void forget(std::uint32_t payload) {
    std::erase_if(expected_, [payload](const Expected& each) { return each.payload == payload; });
  }
  void remove_now(const std::string& name) { confirmed_.erase(name); }
  [[nodiscard]] std::map<std::string, int> predicted() const {
    auto names = confirmed_;
    for (const Expected& each : expected_) apply(names, each);
    return names;
  }
  [[nodiscard]] std::size_t size() const { return confirmed_.size(); }
  [[nodiscard]] std::optional<std::uint32_t> front() const {
    return expected_.empty() ? std::nullopt : std::optional(expected_.front().payload);
  }
  [[nodiscard]] std::optional<std::uint32_t> back() const {
    return expected_.empty() ? std::nullopt : std::optional(expected_.back().payload);
  }

 private:
  struct Expected {
    std::uint32_t payload;
    Change change;
    std::string name;
    int number;
  };
  static void apply(std::map<std::string, int>& names, const Expected& each) {
    switch (each.change) {
      case Change::define: names[each.name] = each.number; break;
      case Change::remove: names.erase(each.name); break;
      case Change::remove_all: std::erase_if(names, [](const auto& entry) { return !entry.first.empty(); }); break;
    }
  }
  std::map<std::string, int> confirmed_;
  std::vector<Expected> expected_;
};

TEST(StagedMap, DoesWhatASimpleModelDoes) {
  std::mt19937 random(4711);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same each time
  const auto below = [&random](int limit) { return static_cast<int>(random() % static_cast<unsigned>(limit)); };
  for (int round = 0; round < 300; ++round) {
    Map map;
    Model model;
    std::uint32_t payload = 0;
    for (int step = 0; step < 120; ++step) {
      const std::string name(static_cast<std::size_t>(below(4)), 'n');
      const int choice = below(10);
      if (choice < 5) {
        const auto change = static_cast<Change>(std::min(below(5), 2));
        // Some messages change several names.
        if (below(3) != 0) ++payload;
        map.expect(payload, payload + 1, change, name, step);
        model.expect(payload, change, name, step);
      } else if (choice < 8 && model.front()) {
        const std::uint32_t oldest = *model.front();
        map.confirm(oldest);
        model.confirm(oldest);
      } else if (choice == 8 && model.front()) {
        const std::uint32_t ended = below(2) == 0 ? *model.front() : *model.back();
        map.forget(ended);
        model.forget(ended);
        ++payload;
      } else if (choice == 9) {
        map.remove_now(name);
        model.remove_now(name);
      }
      std::map<std::string, int> seen;
      map.for_each([&](std::string_view each, int number, std::uint32_t) { seen[std::string(each)] = number; });
      ASSERT_EQ(seen, model.predicted());
      ASSERT_EQ(map.size(), model.size());
      for (int length = 0; length < 4; ++length) {
        const std::string each(static_cast<std::size_t>(length), 'n');
        const auto predicted = model.predicted();
        const auto found = predicted.find(each);
        ASSERT_EQ(value(map, each), found == predicted.end() ? -1 : found->second);
      }
    }
  }
}

TEST(StagedMap, TakesALongPipelineInItsStride) {
  constexpr std::uint32_t kMessages = 200'000;
  const auto start = std::chrono::steady_clock::now();
  Map map;
  for (std::uint32_t i = 1; i <= kMessages; ++i) {
    map.expect(i, i, i % 3 == 0 ? Change::remove : Change::define, "name" + std::to_string(i % 5000), 1);
    (void)map.find("name" + std::to_string(i % 7000));
    // A message that changes nothing here.
    map.confirm(kMessages + i);
    map.forget(kMessages + i);
  }
  for (std::uint32_t i = 1; i <= kMessages; ++i) i % 2 == 0 ? map.confirm(i) : map.forget(i);
  EXPECT_FALSE(map.has_expected());
  // Some tenths of a second; with time that grows with the length it would be minutes.
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

}  // namespace
}  // namespace sqlproxy::core
