#include "frontend/notification_route.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <random>

#include "wire/frame.hpp"

namespace sqlproxy::frontend {
namespace {

using Source = NotificationRoute::Source;

constexpr std::string_view kSync = "sync";

// Payloads of the messages in `bytes`, in one text.
std::string payloads(std::string_view bytes) {
  std::string out;
  while (!bytes.empty()) {
    const auto header = wire::decode_frame_header(bytes);
    const auto message = wire::NotificationResponse::decode(bytes.substr(wire::FrameHeader::kSize, header->body_size));
    if (!out.empty()) out += ' ';
    out += message->payload;
    bytes.remove_prefix(static_cast<std::size_t>(header->frame_size()));
  }
  return out;
}

class NotificationRouteTest : public ::testing::Test {
 protected:
  void hear(Source source, std::string_view payload) { route_.take(source, {7, "news", payload}, 7, out_); }
  void mark(Source source, std::string_view marker) { route_.take(source, {7, kSync, marker}, 7, out_); }
  std::string heard() const { return payloads(out_); }

  NotificationRoute route_{std::string(kSync)};
  std::string out_;
};

TEST_F(NotificationRouteTest, BeforeAnythingTheServerIsHeard) {
  hear(Source::server, "1");
  hear(Source::hub, "not this");
  EXPECT_EQ(heard(), "1");
}

TEST_F(NotificationRouteTest, TheNewStreamIsHeardBehindItsMarker) {
  route_.cross(Source::hub, "m");
  hear(Source::hub, "1");
  hear(Source::server, "1");
  mark(Source::server, "m");
  EXPECT_TRUE(route_.has_passed_marker(Source::server));
  EXPECT_FALSE(route_.has_passed_marker(Source::hub));
  hear(Source::server, "2");
  hear(Source::hub, "1b");
  mark(Source::hub, "m");
  EXPECT_FALSE(route_.crossing());
  hear(Source::hub, "2");
  hear(Source::server, "2");
  EXPECT_EQ(heard(), "1 2");
  EXPECT_EQ(route_.source(), Source::hub);
}

TEST_F(NotificationRouteTest, ANewStreamThatIsAheadWaitsForTheOldOne) {
  route_.cross(Source::hub, "m");
  mark(Source::hub, "m");
  hear(Source::hub, "3");
  EXPECT_EQ(heard(), "");
  EXPECT_GT(route_.held_bytes(), 0U);
  hear(Source::server, "1");
  hear(Source::server, "2");
  mark(Source::server, "m");
  EXPECT_EQ(route_.held_bytes(), 0U);
  hear(Source::hub, "4");
  EXPECT_EQ(heard(), "1 2 3 4");
}

TEST_F(NotificationRouteTest, OnlyTheMarkerOfThisCrossingCounts) {
  route_.cross(Source::hub, "m");
  mark(Source::server, "an older one");
  route_.take(Source::server, {7, "news", "m"}, 7, out_);
  EXPECT_FALSE(route_.has_passed_marker(Source::server));
  EXPECT_EQ(heard(), "m");
}

TEST_F(NotificationRouteTest, TheSyncChannelIsNeverSeen) {
  mark(Source::server, "x");
  mark(Source::hub, "x");
  route_.cross(Source::hub, "m");
  mark(Source::server, "x");
  mark(Source::hub, "m");
  mark(Source::hub, "m");
  mark(Source::server, "m");
  mark(Source::hub, "x");
  EXPECT_EQ(heard(), "");
}

TEST_F(NotificationRouteTest, ACancelledCrossingLeavesEverythingAsItWas) {
  route_.cross(Source::hub, "m");
  hear(Source::server, "1");
  EXPECT_TRUE(route_.cancel());
  hear(Source::hub, "not this");
  hear(Source::server, "2");
  EXPECT_EQ(route_.source(), Source::server);
  EXPECT_EQ(heard(), "1 2");
}

TEST_F(NotificationRouteTest, ACrossingCannotBeCancelledBehindTheOldStreamsMarker) {
  route_.cross(Source::hub, "m");
  mark(Source::server, "m");
  hear(Source::server, "lost");
  EXPECT_FALSE(route_.cancel());
}

TEST_F(NotificationRouteTest, TheSenderIsShownAsGiven) {
  route_.take(Source::server, {7, "news", "p"}, 99, out_);
  const auto message = wire::NotificationResponse::decode(std::string_view(out_).substr(wire::FrameHeader::kSize));
  EXPECT_EQ(message->process_id, 99);
  EXPECT_EQ(message->channel, "news");
}

// One log of commits, as PostgreSQL keeps it; two readers of it that are behind by as much as they like; a session that
// goes to and fro between them. Whatever the delays, it hears all, once and in order.
TEST(NotificationRoute, EverythingIsHeardOnceAndInOrderHoweverTheStreamsAreLate) {
  for (unsigned seed = 0; seed < 500; ++seed) {
    std::mt19937 random(seed);
    NotificationRoute route{std::string(kSync)};
    std::deque<std::string> on_server;
    std::deque<std::string> on_hub;
    std::string out;
    std::string expected;
    int crossings = 0;
    const auto commit = [&](const std::string& entry) {
      on_server.push_back(entry);
      on_hub.push_back(entry);
    };
    const auto deliver = [&](std::deque<std::string>& stream, Source source) {
      if (stream.empty()) return;
      const std::string entry = stream.front();
      stream.pop_front();
      const bool marker = entry.front() == 'm';
      route.take(source, {1, marker ? kSync : std::string_view("news"), entry}, 1, out);
    };
    for (int step = 0; step < 300; ++step) {
      switch (random() % 6) {
        case 0:
        case 1:
          commit(std::to_string(step));
          expected += (expected.empty() ? "" : " ") + std::to_string(step);
          break;
        case 2:
          if (route.crossing()) break;
          route.cross(route.source() == Source::server ? Source::hub : Source::server,
                      "m" + std::to_string(++crossings));
          commit("m" + std::to_string(crossings));
          break;
        case 3: deliver(on_server, Source::server); break;
        default: deliver(on_hub, Source::hub); break;
      }
    }
    while (!on_server.empty()) deliver(on_server, Source::server);
    while (!on_hub.empty()) deliver(on_hub, Source::hub);
    ASSERT_EQ(payloads(out), expected) << "seed " << seed;
    ASSERT_GT(crossings, 0) << "seed " << seed;
  }
}

}  // namespace
}  // namespace sqlproxy::frontend
