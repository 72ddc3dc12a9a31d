#include "frontend/name_registry.hpp"

#include <gtest/gtest.h>

namespace sqlproxy::frontend {
namespace {

using Change = NameRegistry::Change;

PreparedPtr made() {
  return std::make_shared<PreparedStatement>();
}

TEST(NameRegistry, ANameCountsForWhatIsSentBehindItAndLastsWhenConfirmed) {
  NameRegistry names;
  const PreparedPtr a = made();
  names.expect(1, 7, Change::define, "x", a);
  EXPECT_EQ(names.find("x").statement, a);
  EXPECT_EQ(names.find("x").unconfirmed_group, 7U);
  EXPECT_EQ(names.size(), 0U);
  names.confirm(1);
  EXPECT_EQ(names.find("x").statement, a);
  EXPECT_EQ(names.find("x").unconfirmed_group, 0U);
  EXPECT_EQ(names.size(), 1U);
  EXPECT_FALSE(names.has_expected());
  EXPECT_EQ(names.find("y").statement, nullptr);
}

TEST(NameRegistry, AForgottenChangeLeavesWhatWas) {
  NameRegistry names;
  const PreparedPtr a = made();
  names.expect(1, 1, Change::define, "x", a);
  names.confirm(1);
  names.expect(2, 2, Change::define, "x", made());
  names.expect(3, 2, Change::remove, "x");
  EXPECT_EQ(names.find("x").statement, nullptr);
  names.forget(3);
  EXPECT_NE(names.find("x").statement, a);
  names.forget(2);
  EXPECT_EQ(names.find("x").statement, a);
  EXPECT_FALSE(names.has_expected());
}

TEST(NameRegistry, TheNewestChangeOfANameCounts) {
  NameRegistry names;
  const PreparedPtr a = made();
  const PreparedPtr b = made();
  names.expect(1, 1, Change::define, "x", a);
  names.expect(2, 1, Change::remove, "x");
  EXPECT_EQ(names.find("x").statement, nullptr);
  EXPECT_EQ(names.find("x").unconfirmed_group, 1U);
  names.expect(3, 2, Change::define, "x", b);
  names.expect(4, 3, Change::define, "other", a);
  EXPECT_EQ(names.find("x").statement, b);
  EXPECT_EQ(names.find("x").unconfirmed_group, 2U);
  names.confirm(1);
  names.confirm(2);
  EXPECT_EQ(names.find("x").statement, b);
  names.confirm(3);
  EXPECT_EQ(names.find("x").statement, b);
  EXPECT_EQ(names.find("x").unconfirmed_group, 0U);
}

TEST(NameRegistry, RemovingAllHidesEveryNameBeforeIt) {
  NameRegistry names;
  const PreparedPtr a = made();
  names.expect(1, 1, Change::define, "x", a);
  names.confirm(1);
  names.expect(2, 2, Change::define, "y", a);
  names.expect(3, 2, Change::remove_all, {});
  names.expect(4, 2, Change::define, "z", a);
  EXPECT_EQ(names.find("x").statement, nullptr);
  EXPECT_EQ(names.find("x").unconfirmed_group, 2U);
  EXPECT_EQ(names.find("y").statement, nullptr);
  EXPECT_EQ(names.find("z").statement, a);
  for (const std::uint32_t payload : {2U, 3U, 4U}) names.confirm(payload);
  EXPECT_EQ(names.size(), 1U);
  EXPECT_EQ(names.find("z").statement, a);
}

TEST(NameRegistry, AMessageOfSeveralStatementsConfirmsThemOneByOne) {
  NameRegistry names;
  const PreparedPtr a = made();
  const PreparedPtr b = made();
  names.expect(1, 1, Change::define, "x", a);
  names.expect(1, 1, Change::remove, "x");
  names.expect(1, 1, Change::define, "y", b);
  names.confirm(1);
  EXPECT_EQ(names.size(), 1U);
  names.confirm(1);
  EXPECT_EQ(names.size(), 0U);
  // The third fails: it alone does not take place.
  names.forget(1);
  EXPECT_EQ(names.find("y").statement, nullptr);
  names.confirm(1);
  EXPECT_EQ(names.size(), 0U);
}

TEST(NameRegistry, RemovesAtOnce) {
  NameRegistry names;
  for (const std::string_view name : {"x", "y", ""}) {
    names.expect(1, 1, Change::define, name, made());
    names.confirm(1);
  }
  names.remove_now("");
  EXPECT_EQ(names.find("").statement, nullptr);
  names.remove_now("nobody");
  EXPECT_EQ(names.size(), 2U);
  names.clear_now();
  EXPECT_EQ(names.size(), 0U);
}

TEST(NameRegistry, ComparesSixtyThreeBytes) {
  NameRegistry names;
  const PreparedPtr a = made();
  const std::string name(63, 'n');
  names.expect(1, 1, Change::define, name + "tail", a);
  EXPECT_EQ(names.find(name + "another").statement, a);
  names.confirm(1);
  EXPECT_EQ(names.find(name).statement, a);
  EXPECT_EQ(names.find(name.substr(1)).statement, nullptr);
  names.expect(2, 2, Change::remove, name + "!");
  EXPECT_EQ(names.find(name).statement, nullptr);
  names.forget(2);
  names.remove_now(name + "?");
  EXPECT_EQ(names.size(), 0U);
}

}  // namespace
}  // namespace sqlproxy::frontend
