#include "backend/listen_commands.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace sqlproxy::backend {
namespace {

TEST(ListenCommands, NamesAreQuoted) {
  std::string query;
  append_listen(query, "plain");
  append_unlisten(query, "a \"quoted\"; UNLISTEN *");
  EXPECT_EQ(query, "LISTEN \"plain\";UNLISTEN \"a \"\"quoted\"\"; UNLISTEN *\";");
}

TEST(ListenCommands, AMarkerIsOneTransactionThatListensFirst) {
  const std::vector<std::string> channels{"a", "B"};
  const std::string query = marker_query(channels, "sync", "1:ff");
  EXPECT_TRUE(query.ends_with("LISTEN \"a\";LISTEN \"B\";LISTEN \"sync\";NOTIFY \"sync\", '1:ff'")) << query;
}

}  // namespace
}  // namespace sqlproxy::backend
