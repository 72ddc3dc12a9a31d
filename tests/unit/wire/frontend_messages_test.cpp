#include <gtest/gtest.h>

#include <array>

#include "tests/unit/wire/codec_checks.hpp"
#include "wire/messages/bind.hpp"
#include "wire/messages/close.hpp"
#include "wire/messages/copy_fail.hpp"
#include "wire/messages/describe.hpp"
#include "wire/messages/execute.hpp"
#include "wire/messages/function_call.hpp"
#include "wire/messages/parse.hpp"
#include "wire/messages/password_message.hpp"
#include "wire/messages/query.hpp"
#include "wire/messages/sasl_initial_response.hpp"
#include "wire/messages/sasl_response.hpp"

namespace sqlproxy::wire {
namespace {

using testing::bytes;
using testing::expect_exact_length;
using testing::expect_round_trip;

template <class Message>
std::string error_of(const std::string& body) {
  const auto decoded = Message::decode(body);
  return decoded ? std::string() : decoded.error().message;
}

TEST(Query, Codec) {
  const std::string body = bytes("select 1\0");
  expect_round_trip(Query{"select 1"}, 'Q', body);
  expect_exact_length<Query>(body);
  EXPECT_EQ(error_of<Query>("select 1"), "invalid string in message");
  EXPECT_EQ(error_of<Query>(bytes("select 1\0; drop table t\0")), "invalid message format");
}

TEST(Parse, Codec) {
  const std::array<std::uint32_t, 2> types{23, 0xffff'fffe};
  const std::string wire = to_wire(std::span<const std::uint32_t>(types));
  const std::string body = bytes("s1\0select $1\0\0\2\0\0\0\x17\xff\xff\xff\xfe");
  expect_round_trip(Parse{"s1", "select $1", OidList(wire)}, 'P', body);
  expect_exact_length<Parse>(body);
  const auto decoded = Parse::decode(body);
  ASSERT_EQ(decoded->parameter_types.size(), 2U);
  EXPECT_EQ(decoded->parameter_types[0], 23U);
  EXPECT_EQ(decoded->parameter_types[1], 0xffff'fffeU);
}

const std::string kBindBody = bytes("portal\0stmt\0\0\2\0\0\0\1\0\2\xff\xff\xff\xff\0\0\0\3a\0b\0\1\0\1");

TEST(Bind, Codec) {
  const auto bind = Bind::decode(kBindBody);
  ASSERT_TRUE(bind);
  EXPECT_EQ(bind->portal, "portal");
  EXPECT_EQ(bind->statement, "stmt");
  ASSERT_EQ(bind->parameter_formats.size(), 2U);
  EXPECT_EQ(bind->parameter_formats[1], 1);
  std::vector<ValueList::Value> values(bind->parameters.begin(), bind->parameters.end());
  EXPECT_EQ(values, (std::vector<ValueList::Value>{std::nullopt, std::string_view("a\0b", 3)}));
  ASSERT_EQ(bind->result_formats.size(), 1U);
  EXPECT_EQ(bind->result_formats[0], 1);
  expect_round_trip(*bind, 'B', kBindBody);
  expect_exact_length<Bind>(kBindBody);
}

TEST(Bind, AnotherStatementNameKeepsTheRest) {
  auto bind = Bind::decode(kBindBody);
  bind->statement = "a much longer name";
  std::string out;
  ASSERT_TRUE(bind->encode(out));
  EXPECT_EQ(testing::body_of(out, 'B'), bytes("portal\0a much longer name\0") + kBindBody.substr(12));
}

TEST(Bind, CountsAreUnsigned) {
  std::string body = bytes("\0\0\0\0\xff\xff");
  for (int i = 0; i < 65'535; ++i) body += bytes("\xff\xff\xff\xff");
  body += bytes("\0\0");
  const auto bind = Bind::decode(body);
  ASSERT_TRUE(bind);
  EXPECT_EQ(bind->parameters.size(), 65'535U);
}

TEST(Bind, RefusesWhatDoesNotAddUp) {
  EXPECT_EQ(error_of<Bind>(bytes("\0\0\0\2\0\0\0\0\0\1\xff\xff\xff\xff\0\0")),
            "bind message has 2 parameter formats but 1 parameters");
  EXPECT_EQ(error_of<Bind>(bytes("\0\0\0\0\0\1\xff\xff\xff\xfe\0\0")), "insufficient data left in message");
  EXPECT_EQ(error_of<Bind>(bytes("\0\0\0\0\0\1\x7f\xff\xff\xff\0\0")), "insufficient data left in message");
  EXPECT_EQ(error_of<Bind>(bytes("\0\0\0\0\0\1\0\0\0\0\0\0")), "");
}

TEST(Bind, NamesComeBeforeTheRest) {
  for (std::size_t available = 0; available <= kBindBody.size(); ++available) {
    const auto names = Bind::decode_prefix(std::string_view(kBindBody).substr(0, available), kBindBody.size());
    ASSERT_TRUE(names);
    ASSERT_EQ(names->has_value(), available >= 12) << available;
    if (!names->has_value()) continue;
    EXPECT_EQ((*names)->portal, "portal");
    EXPECT_EQ((*names)->statement, "stmt");
    EXPECT_EQ((*names)->size, 12U);
  }
}

TEST(Bind, NamesMayNotReachIntoTheNextMessage) {
  const auto names = Bind::decode_prefix(bytes("portal\0stmt\0"), 11);
  ASSERT_FALSE(names);
  EXPECT_EQ(names.error().message, "invalid string in message");
  EXPECT_FALSE(Bind::decode_prefix("", 0));
}

TEST(Describe, Codec) {
  const std::string body = bytes("Sname\0");
  expect_round_trip(Describe{DescribeTarget::statement, "name"}, 'D', body);
  expect_exact_length<Describe>(body);
  EXPECT_EQ(error_of<Describe>(bytes("Xname\0")), "invalid DESCRIBE message subtype 88");
  EXPECT_EQ(error_of<Describe>(""), "no data left in message");
}

TEST(Close, Codec) {
  const std::string body = bytes("P\0");
  expect_round_trip(Close{DescribeTarget::portal, ""}, 'C', body);
  expect_exact_length<Close>(body);
  EXPECT_EQ(error_of<Close>(bytes("s\0")), "invalid CLOSE message subtype 115");
}

TEST(Execute, Codec) {
  const std::string body = bytes("p\0\xff\xff\xff\xff");
  expect_round_trip(Execute{"p", -1}, 'E', body);
  expect_exact_length<Execute>(body);
}

TEST(FunctionCall, Codec) {
  const std::string body = bytes("\0\0\x12\x34\0\1\0\1\0\2\0\0\0\1x\xff\xff\xff\xff\0\1");
  const auto call = FunctionCall::decode(body);
  ASSERT_TRUE(call);
  EXPECT_EQ(call->function_oid, 0x1234U);
  EXPECT_EQ(call->arguments.size(), 2U);
  EXPECT_EQ(call->result_format, 1);
  expect_round_trip(*call, 'F', body);
  expect_exact_length<FunctionCall>(body);
  EXPECT_EQ(error_of<FunctionCall>(bytes("\0\0\0\1\0\2\0\0\0\0\0\1\xff\xff\xff\xff\0\0")),
            "function call message contains 2 argument formats but 1 arguments");
}

TEST(FunctionCall, TheOidComesFirst) {
  const std::string body = bytes("\0\0\x12\x34\0\0\0\0\0\0");
  for (std::size_t available = 0; available <= body.size(); ++available) {
    const auto oid = FunctionCall::decode_prefix(body.substr(0, available), body.size());
    ASSERT_TRUE(oid);
    EXPECT_EQ(*oid, available >= 4 ? std::optional<std::uint32_t>(0x1234) : std::nullopt);
  }
  EXPECT_FALSE(FunctionCall::decode_prefix(body.substr(0, 3), 3));
  EXPECT_FALSE(FunctionCall::decode_prefix(body, 3));
}

TEST(CopyFail, Codec) {
  const std::string body = bytes("changed my mind\0");
  expect_round_trip(CopyFail{"changed my mind"}, 'f', body);
  expect_exact_length<CopyFail>(body);
}

TEST(PasswordMessage, Codec) {
  const std::string body = bytes("pencil\0");
  expect_round_trip(PasswordMessage{"pencil"}, 'p', body);
  expect_exact_length<PasswordMessage>(body);
  EXPECT_EQ(error_of<PasswordMessage>(bytes("pen\0cil\0")), "invalid password packet size");
  const auto empty = PasswordMessage::decode(bytes("\0"));
  ASSERT_FALSE(empty);
  EXPECT_EQ(empty.error().sqlstate.text(), "28P01");
  EXPECT_EQ(empty.error().message, "empty password returned by client");
}

TEST(PasswordMessage, TakesLongTokens) {
  const std::string token(65'000, 't');
  EXPECT_EQ(PasswordMessage::decode(token + '\0')->password, token);
}

TEST(SASLInitialResponse, Codec) {
  const std::string body = bytes("SCRAM-SHA-256\0\0\0\0\3n,,");
  expect_round_trip(SASLInitialResponse{"SCRAM-SHA-256", "n,,"}, 'p', body);
  expect_exact_length<SASLInitialResponse>(body);
}

TEST(SASLInitialResponse, NoDataIsNotEmptyData) {
  expect_round_trip(SASLInitialResponse{"X", std::nullopt}, 'p', bytes("X\0\xff\xff\xff\xff"));
  expect_round_trip(SASLInitialResponse{"X", ""}, 'p', bytes("X\0\0\0\0\0"));
  EXPECT_FALSE(SASLInitialResponse::decode(bytes("X\0\xff\xff\xff\xff"))->data);
  EXPECT_TRUE(SASLInitialResponse::decode(bytes("X\0\0\0\0\0"))->data);
  EXPECT_FALSE(SASLInitialResponse::decode(bytes("X\0\xff\xff\xff\xfe")));
}

TEST(SASLResponse, AnyBodyIsOne) {
  std::string out;
  ASSERT_TRUE(SASLResponse::decode("c=biws").encode(out));
  EXPECT_EQ(testing::body_of(out, 'p'), "c=biws");
}

}  // namespace
}  // namespace sqlproxy::wire
