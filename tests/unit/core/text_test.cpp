#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "core/clock.hpp"
#include "core/identifier.hpp"
#include "core/log.hpp"
#include "core/uuid.hpp"

namespace sqlproxy::core {
namespace {

TEST(Rfc3339, AlwaysSixFractionDigitsAndZ) {
  using std::chrono::microseconds;
  EXPECT_EQ(to_rfc3339(WallTime{microseconds{0}}), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(to_rfc3339(WallTime{microseconds{1'709'210'096'000'042}}), "2024-02-29T12:34:56.000042Z");
}

// What is kept of the time before is the second, and nothing of it when that is another.
TEST(Rfc3339, OneTimeAfterTheOther) {
  using std::chrono::microseconds;
  constexpr std::int64_t kMidnight = 1'709'251'200'000'000;
  EXPECT_EQ(to_rfc3339(WallTime{microseconds{kMidnight - 1}}), "2024-02-29T23:59:59.999999Z");
  EXPECT_EQ(to_rfc3339(WallTime{microseconds{kMidnight}}), "2024-03-01T00:00:00.000000Z");
  EXPECT_EQ(to_rfc3339(WallTime{microseconds{kMidnight + 7}}), "2024-03-01T00:00:00.000007Z");
  EXPECT_EQ(to_rfc3339(WallTime{microseconds{kMidnight - 1}}), "2024-02-29T23:59:59.999999Z");
}

TEST(Uuid, IsVersionSevenAndCarriesTheTime) {
  const WallTime now{std::chrono::milliseconds{0x018F4C3E7B2A}};
  const std::string text = Uuid::v7(now).text();
  ASSERT_EQ(text.size(), 36U);
  EXPECT_EQ(text.substr(0, 15), "018f4c3e-7b2a-7");
  EXPECT_NE(std::string("89ab").find(text[19]), std::string::npos);
  EXPECT_NE(Uuid::v7(now), Uuid::v7(now));
}

TEST(TruncateIdentifier, CutsAtACharacterBoundary) {
  EXPECT_EQ(truncate_identifier("orders"), "orders");
  EXPECT_EQ(truncate_identifier(std::string(70, 'u')), std::string(63, 'u'));
  // 62 ASCII bytes and a two-byte character: byte 63 would be half of it.
  EXPECT_EQ(truncate_identifier(std::string(62, 'u') + "\xC3\xA9"), std::string(62, 'u'));
}

TEST(TruncateHashKey, CutsAnywhere) {
  EXPECT_EQ(truncate_hash_key(std::string(62, 'u') + "\xC3\xA9"), std::string(62, 'u') + "\xC3");
}

TEST(LogSafe, ShowsControlCharactersAsEscapes) {
  EXPECT_EQ(log_safe("a\nb\x7f"), "a\\x0ab\\x7f");
  EXPECT_EQ(log_safe("abcdef", 3), "abc...");
}

}  // namespace
}  // namespace sqlproxy::core
