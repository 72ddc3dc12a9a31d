#include <gtest/gtest.h>

#include "tests/unit/wire/codec_checks.hpp"
#include "wire/cancel_request.hpp"
#include "wire/protocol_version.hpp"
#include "wire/startup_message.hpp"
#include "wire/startup_packet.hpp"

namespace sqlproxy::wire {
namespace {

using testing::bytes;
using Parameter = StartupMessage::Parameter;
using Replication = StartupMessage::Replication;

// The body of a 3.0 StartupMessage: `pairs` and the last zero byte.
std::string startup(std::string_view pairs) {
  return bytes("\0\3\0\0") + std::string(pairs) + '\0';
}

core::SqlState failure_of(const std::string& body) {
  const auto message = StartupMessage::decode(body);
  return message ? core::sqlstate::kSuccessfulCompletion : message.error().sqlstate;
}

TEST(StartupLength, IsBoundedOnBothSides) {
  EXPECT_FALSE(decode_startup_length(bytes("\0\0\0\0")));
  EXPECT_FALSE(decode_startup_length(bytes("\0\0\0\7")));
  EXPECT_EQ(decode_startup_length(bytes("\0\0\0\x08")), 4U);
  EXPECT_EQ(decode_startup_length(bytes("\0\0\x27\x14")), 10'000U);
  EXPECT_FALSE(decode_startup_length(bytes("\0\0\x27\x15")));
  EXPECT_FALSE(decode_startup_length(bytes("\x80\0\0\x08")));
  EXPECT_FALSE(decode_startup_length(bytes("\xff\xff\xff\xff")));
}

TEST(StartupRequest, IsToldByItsCode) {
  EXPECT_EQ(startup_request(bytes("\x04\xd2\x16\x2f")), StartupRequest::SSLRequest);
  EXPECT_EQ(startup_request(bytes("\x04\xd2\x16\x30")), StartupRequest::GSSENCRequest);
  EXPECT_EQ(startup_request(bytes("\x04\xd2\x16\x2e")), StartupRequest::CancelRequest);
  EXPECT_EQ(startup_request(bytes("\0\3\0\2")), StartupRequest::StartupMessage);
  std::string out;
  encode_ssl_request(out);
  EXPECT_EQ(out, bytes("\0\0\0\x08\x04\xd2\x16\x2f"));
}

TEST(ProtocolVersion, NegotiatesDownToWhatIsSpoken) {
  EXPECT_EQ(ProtocolVersion::from_code(196608), kProtocol30);
  EXPECT_EQ(kProtocol32.code(), 196610U);
  EXPECT_EQ(negotiate_version({3, 0}), kProtocol30);
  EXPECT_EQ(negotiate_version({3, 1}), kProtocol30);
  EXPECT_EQ(negotiate_version({3, 2}), kProtocol32);
  EXPECT_EQ(negotiate_version({3, 9999}), kProtocol32);
}

TEST(StartupMessage, SeparatesIdentitySettingsAndExtensions) {
  const std::string body =
      bytes("\0\3\x27\x0f") + bytes(
                                  "user\0alice\0database\0app\0options\0-c a=1\0DateStyle\0ISO\0_pq_.test\0x\0"
                                  "search_path\0s\0replication\0database\0\0");
  const auto message = StartupMessage::decode(body);
  ASSERT_TRUE(message) << message.error().message;
  EXPECT_EQ(message->version, (ProtocolVersion{3, 9999}));
  EXPECT_EQ(message->user, "alice");
  EXPECT_EQ(message->database, "app");
  EXPECT_EQ(message->options, "-c a=1");
  EXPECT_EQ(message->replication, Replication::logical);
  EXPECT_EQ(message->parameters, (std::vector<Parameter>{{"DateStyle", "ISO"}, {"search_path", "s"}}));
  EXPECT_EQ(message->protocol_options, (std::vector<Parameter>{{"_pq_.test", "x"}}));
}

TEST(StartupMessage, RoundTrip) {
  StartupMessage message;
  message.version = kProtocol32;
  message.user = "alice";
  message.database = "app";
  message.replication = Replication::physical;
  message.options = "--a=b";
  message.parameters = {{"TimeZone", ""}, {"app.tenant", "x y"}};
  message.protocol_options = {{"_pq_.o", "1"}};
  std::string packet;
  ASSERT_TRUE(message.encode(packet));
  ASSERT_EQ(decode_startup_length(packet), packet.size() - kStartupLengthSize);
  const auto decoded = StartupMessage::decode(std::string_view(packet).substr(kStartupLengthSize));
  ASSERT_TRUE(decoded);
  std::string again;
  ASSERT_TRUE(decoded->encode(again));
  EXPECT_EQ(again, packet);
}

TEST(StartupMessage, RefusesToBuildWhatNoServerTakes) {
  StartupMessage message;
  message.user = bytes("a\0b");
  std::string packet;
  EXPECT_FALSE(message.encode(packet));
  message.user = "a";
  message.options = std::string(10'000, 'x');
  EXPECT_FALSE(message.encode(packet));
  EXPECT_TRUE(packet.empty());
}

TEST(StartupMessage, DatabaseDefaultsToTheUser) {
  EXPECT_EQ(StartupMessage::decode(startup(bytes("user\0alice\0")))->database, "alice");
  EXPECT_EQ(StartupMessage::decode(startup(bytes("user\0alice\0database\0\0")))->database, "alice");
}

TEST(StartupMessage, NamesAreCutAt63Bytes) {
  const std::string name(70, 'n');
  const auto message =
      StartupMessage::decode(startup(bytes("user\0") + name + '\0' + bytes("database\0d") + name + '\0'));
  ASSERT_TRUE(message);
  EXPECT_EQ(message->user, name.substr(0, 63));
  EXPECT_EQ(message->database, ("d" + name).substr(0, 63));
}

TEST(StartupMessage, UserIsRequired) {
  EXPECT_EQ(failure_of(startup("")).text(), "28000");
  EXPECT_EQ(failure_of(startup(bytes("database\0d\0"))).text(), "28000");
  EXPECT_EQ(failure_of(startup(bytes("user\0\0"))).text(), "28000");
}

TEST(StartupMessage, UserAndDatabaseComeOnce) {
  EXPECT_EQ(failure_of(startup(bytes("user\0a\0user\0b\0"))).text(), "08P01");
  EXPECT_EQ(failure_of(startup(bytes("user\0a\0user\0a\0"))).text(), "08P01");
  EXPECT_EQ(failure_of(startup(bytes("user\0\0user\0b\0"))).text(), "08P01");
  EXPECT_EQ(failure_of(startup(bytes("user\0a\0database\0b\0database\0c\0"))).text(), "08P01");
}

TEST(StartupMessage, LastOfOtherDuplicatesWins) {
  const auto message = StartupMessage::decode(
      startup(bytes("user\0a\0DateStyle\0ISO\0b\0c\0datestyle\0German\0options\0-x\0options\0-y\0")));
  ASSERT_TRUE(message);
  EXPECT_EQ(message->parameters, (std::vector<Parameter>{{"b", "c"}, {"datestyle", "German"}}));
  EXPECT_EQ(message->options, "-y");
}

TEST(StartupMessage, ReplicationIsABooleanOrDatabase) {
  const auto replication = [](std::string_view value) {
    return StartupMessage::decode(startup(bytes("user\0a\0replication\0") + std::string(value) + '\0'));
  };
  for (const char* value : {"true", "TRUE", "t", "on", "yes", "y", "1"}) {
    ASSERT_TRUE(replication(value)) << value;
    EXPECT_EQ(replication(value)->replication, Replication::physical) << value;
  }
  for (const char* value : {"false", "f", "off", "of", "no", "0"}) {
    ASSERT_TRUE(replication(value)) << value;
    EXPECT_EQ(replication(value)->replication, Replication::none) << value;
  }
  EXPECT_EQ(replication("database")->replication, Replication::logical);
  for (const char* value : {"", "o", "2", "Database", "truee", "maybe"}) {
    ASSERT_FALSE(replication(value)) << value;
    EXPECT_EQ(replication(value).error().sqlstate.text(), "22023") << value;
  }
}

TEST(StartupMessage, OtherMajorVersionsAreUnsupported) {
  const auto four = StartupMessage::decode(bytes("\0\4\0\0\0"));
  ASSERT_FALSE(four);
  EXPECT_EQ(four.error().sqlstate.text(), "0A000");
  EXPECT_EQ(four.error().message, "unsupported frontend protocol 4.0: server supports 3.0 to 3.2");
  EXPECT_EQ(failure_of(bytes("\0\2\0\0")).text(), "0A000");
  // A second SSLRequest, where only a StartupMessage may come.
  EXPECT_EQ(StartupMessage::decode(bytes("\x04\xd2\x16\x2f")).error().message,
            "unsupported frontend protocol 1234.5679: server supports 3.0 to 3.2");
}

TEST(StartupMessage, TheTerminatorIsTheLastByte) {
  const std::string body = startup(bytes("user\0a\0options\0-c x=y\0"));
  ASSERT_TRUE(StartupMessage::decode(body));
  testing::expect_exact_length<StartupMessage>(body);
  EXPECT_EQ(StartupMessage::decode(body + '\0').error().message,
            "invalid startup packet layout: expected terminator as last byte");
}

TEST(CancelRequest, RoundTrip) {
  for (const std::size_t size : {1U, 4U, 32U, 256U}) {
    const std::string key(size, '\xee');
    std::string packet;
    CancelRequest{-7, key}.encode(packet);
    ASSERT_EQ(decode_startup_length(packet), size + 8);
    const auto request = CancelRequest::decode(std::string_view(packet).substr(kStartupLengthSize));
    ASSERT_TRUE(request);
    EXPECT_EQ(request->process_id, -7);
    EXPECT_EQ(request->key, key);
  }
}

TEST(CancelRequest, RefusesKeysThatCannotBe) {
  const std::string head = bytes("\x04\xd2\x16\x2e\0\0\0\1");
  for (std::size_t size = 0; size <= head.size(); ++size) EXPECT_FALSE(CancelRequest::decode(head.substr(0, size)));
  EXPECT_FALSE(CancelRequest::decode(head + std::string(257, 'k')));
  EXPECT_FALSE(CancelRequest::decode(bytes("\x04\xd2\x16\x2f\0\0\0\1") + "key"));
  EXPECT_TRUE(CancelRequest::decode(head + "k"));
}

}  // namespace
}  // namespace sqlproxy::wire
