#include "backend/sender_names.hpp"

#include <gtest/gtest.h>

namespace sqlproxy::backend {
namespace {

ServerTarget target(std::string host, std::uint16_t port = 5432) {
  ServerTarget target;
  target.host = std::move(host);
  target.port = port;
  return target;
}

TEST(SenderNames, TheLastClientThatNotifiedFromAProcessIsItsName) {
  SenderNames names;
  const ServerTarget server = target("a");
  EXPECT_EQ(names.find(server, 7), 7);
  names.set(server, 7, 100);
  EXPECT_EQ(names.find(server, 7), 100);
  names.set(server, 7, 200);
  EXPECT_EQ(names.find(server, 7), 200);
  EXPECT_EQ(names.find(server, 8), 8);
}

TEST(SenderNames, ProcessesOfOtherServersAreOthers) {
  SenderNames names;
  names.set(target("a"), 7, 100);
  EXPECT_EQ(names.find(target("b"), 7), 7);
  EXPECT_EQ(names.find(target("a", 5433), 7), 7);
}

TEST(SenderNames, AClientThatGoesTakesOnlyItsOwnName) {
  SenderNames names;
  const ServerTarget server = target("a");
  names.set(server, 7, 100);
  names.set(server, 8, 100);
  names.set(server, 8, 200);
  names.forget(server, 7, 100);
  names.forget(server, 8, 100);
  names.forget(server, 9, 100);
  EXPECT_EQ(names.find(server, 7), 7);
  EXPECT_EQ(names.find(server, 8), 200);
}

}  // namespace
}  // namespace sqlproxy::backend
