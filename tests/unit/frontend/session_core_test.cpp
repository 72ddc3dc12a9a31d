#include "frontend/session_core.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/frontend/offline_session.hpp"
#include "wire/messages/parameter_status.hpp"

namespace sqlproxy::frontend::testing {
namespace {

std::string told(std::string_view name, std::string_view value) {
  std::string out;
  EXPECT_TRUE((wire::ParameterStatus{name, value}.encode(out)));
  return out;
}

class ReportedParameters : public ::testing::Test {
 protected:
  std::string report() {
    std::string out;
    session.core.report_parameters(out);
    return out;
  }
  void server_says(std::string_view value) { session.core.server->note_parameter("TimeZone", value); }

  OfflineSession session;
};

TEST_F(ReportedParameters, EachDifferenceIsToldOnce) {
  server_says("UTC");
  EXPECT_EQ(report(), told("TimeZone", "UTC"));
  EXPECT_EQ(report(), "");
  server_says("Asia/Tokyo");
  EXPECT_EQ(report(), told("TimeZone", "Asia/Tokyo"));
  EXPECT_EQ(report(), "");
}

TEST_F(ReportedParameters, AnotherServerConnectionIsLookedAtAnew) {
  server_says("UTC");
  (void)report();
  const OfflineSession::ServerPtr first = session.switch_server();
  server_says("Asia/Tokyo");
  EXPECT_EQ(report(), told("TimeZone", "Asia/Tokyo"));
  (void)session.switch_server(first);
  EXPECT_EQ(report(), told("TimeZone", "UTC"));
  EXPECT_EQ(report(), "");
}

TEST_F(ReportedParameters, WhatTheClientIsToldOtherwiseCounts) {
  server_says("UTC");
  (void)report();
  session.core.note_parameter("TimeZone", "Asia/Tokyo");
  EXPECT_EQ(report(), told("TimeZone", "UTC"));
}

}  // namespace
}  // namespace sqlproxy::frontend::testing
