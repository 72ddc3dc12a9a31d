#include <gtest/gtest.h>

#include <array>

#include "tests/unit/wire/codec_checks.hpp"
#include "wire/messages/authentication.hpp"
#include "wire/messages/backend_key_data.hpp"
#include "wire/messages/command_complete.hpp"
#include "wire/messages/copy_response.hpp"
#include "wire/messages/data_row.hpp"
#include "wire/messages/function_call_response.hpp"
#include "wire/messages/negotiate_protocol_version.hpp"
#include "wire/messages/notification_response.hpp"
#include "wire/messages/parameter_description.hpp"
#include "wire/messages/parameter_status.hpp"
#include "wire/messages/ready_for_query.hpp"
#include "wire/messages/row_description.hpp"

namespace sqlproxy::wire {
namespace {

using testing::bytes;
using testing::expect_exact_length;
using testing::expect_round_trip;

TEST(Authentication, KindsWithoutData) {
  for (const auto& [message, code] :
       {std::pair{Authentication::ok(), '\0'}, std::pair{Authentication::cleartext_password(), '\3'}}) {
    const std::string body = bytes("\0\0\0") + code;
    expect_round_trip(message, 'R', body);
    expect_exact_length<Authentication>(body);
  }
}

TEST(Authentication, Md5CarriesItsSalt) {
  const std::string body = bytes("\0\0\0\5\1\0\2\xff");
  const std::string salt = bytes("\1\0\2\xff");
  expect_round_trip(Authentication::md5_password(salt), 'R', body);
  expect_exact_length<Authentication>(body);
}

TEST(Authentication, SaslListsMechanisms) {
  const std::string body = bytes("\0\0\0\x0aSCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0");
  expect_round_trip(Authentication::sasl({"SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"}), 'R', body);
  expect_exact_length<Authentication>(body);
  EXPECT_FALSE(Authentication::decode(bytes("\0\0\0\x0a\0")));
}

TEST(Authentication, SaslDataIsWhateverFollows) {
  expect_round_trip(Authentication::sasl_continue("r=x"), 'R', bytes("\0\0\0\x0br=x"));
  expect_round_trip(Authentication::sasl_continue(""), 'R', bytes("\0\0\0\x0b"));
  expect_round_trip(Authentication::sasl_final("v=x"), 'R', bytes("\0\0\0\x0cv=x"));
}

TEST(Authentication, OtherKindsAreUnsupported) {
  for (const std::string& body : {bytes("\0\0\0\1"), bytes("\0\0\0\x0d"), bytes("\xff\xff\xff\xff")}) {
    const auto message = Authentication::decode(body);
    ASSERT_FALSE(message);
    EXPECT_EQ(message.error().sqlstate.text(), "0A000");
  }
}

TEST(BackendKeyData, KeysHaveFourTo256Bytes) {
  for (const std::size_t size : {4U, 32U, 256U}) {
    const std::string key(size, 'k');
    expect_round_trip(BackendKeyData{0x01020304, key}, 'K', bytes("\1\2\3\4") + key);
  }
  for (const std::size_t size : {0U, 3U, 257U}) {
    EXPECT_FALSE(BackendKeyData::decode(bytes("\1\2\3\4") + std::string(size, 'k'))) << size;
  }
  EXPECT_FALSE(BackendKeyData::decode("abc"));
}

TEST(NegotiateProtocolVersion, Codec) {
  const std::string body = bytes("\0\3\0\2\0\0\0\2_pq_.a\0_pq_.b\0");
  expect_round_trip(NegotiateProtocolVersion{kProtocol32, {"_pq_.a", "_pq_.b"}}, 'v', body);
  expect_exact_length<NegotiateProtocolVersion>(body);
  EXPECT_FALSE(NegotiateProtocolVersion::decode(bytes("\0\3\0\0\xff\xff\xff\xff")));
}

TEST(ParameterStatus, Codec) {
  const std::string body = bytes("DateStyle\0ISO, MDY\0");
  expect_round_trip(ParameterStatus{"DateStyle", "ISO, MDY"}, 'S', body);
  expect_exact_length<ParameterStatus>(body);
}

TEST(ReadyForQuery, Codec) {
  for (const char status : {'I', 'T', 'E'}) {
    expect_round_trip(ReadyForQuery{static_cast<TransactionStatus>(status)}, 'Z', std::string(1, status));
  }
  expect_exact_length<ReadyForQuery>("I");
  EXPECT_FALSE(ReadyForQuery::decode("i"));
}

TEST(RowDescription, Codec) {
  const std::string body = bytes(
      "\0\2id\0\0\0\x40\1\0\1\0\0\0\x17\0\4\xff\xff\xff\xff\0\1"
      "?column?\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\0");
  const RowDescription message{{{"id", 0x4001, 1, 23, 4, -1, 1}, {"?column?", 0, 0, 25, -1, -1, 0}}};
  expect_round_trip(message, 'T', body);
  EXPECT_EQ(RowDescription::decode(body)->columns, message.columns);
  expect_exact_length<RowDescription>(body);
}

TEST(RowDescription, TooManyColumnsAreNotEncoded) {
  RowDescription message;
  message.columns.resize(65'536);
  std::string out;
  EXPECT_FALSE(message.encode(out));
  EXPECT_TRUE(out.empty());
}

TEST(ParameterDescription, Codec) {
  const std::array<std::uint32_t, 1> types{25};
  const std::string wire = to_wire(std::span<const std::uint32_t>(types));
  const std::string body = bytes("\0\1\0\0\0\x19");
  expect_round_trip(ParameterDescription{OidList(wire)}, 't', body);
  expect_exact_length<ParameterDescription>(body);
}

TEST(DataRow, Codec) {
  const std::string body = bytes("\0\3\0\0\0\1a\xff\xff\xff\xff\0\0\0\0");
  const auto row = DataRow::decode(body);
  ASSERT_TRUE(row);
  const std::vector<ValueList::Value> values(row->values.begin(), row->values.end());
  EXPECT_EQ(values, (std::vector<ValueList::Value>{"a", std::nullopt, ""}));
  expect_round_trip(*row, 'D', body);
  expect_exact_length<DataRow>(body);
}

TEST(ValueList, IsBuiltFromValues) {
  std::string wire;
  append_value(wire, "a");
  append_value(wire, std::nullopt);
  EXPECT_EQ(wire, bytes("\0\0\0\1a\xff\xff\xff\xff"));
  ByteReader reader(wire);
  EXPECT_EQ(ValueList::read(reader, 2).size(), 2U);
  EXPECT_TRUE(reader.finish());
}

TEST(CommandComplete, Codec) {
  const std::string body = bytes("INSERT 0 5\0");
  expect_round_trip(CommandComplete::from_tag("INSERT 0 5"), 'C', body);
  expect_exact_length<CommandComplete>(body);
}

TEST(CommandComplete, SplitsTheTag) {
  struct Case {
    std::string_view tag;
    std::string_view command;
    std::optional<std::uint64_t> rows;
  };
  for (const Case& expected :
       {Case{"INSERT 0 5", "INSERT", 5}, Case{"INSERT 12345 1", "INSERT", 1}, Case{"SELECT 3", "SELECT", 3},
        Case{"COPY 10", "COPY", 10}, Case{"FETCH 2", "FETCH", 2}, Case{"MOVE 0", "MOVE", 0},
        Case{"MERGE 7", "MERGE", 7}, Case{"UPDATE 18446744073709551615", "UPDATE", 18446744073709551615ULL},
        Case{"UPDATE 18446744073709551616", "UPDATE 18446744073709551616", std::nullopt},
        Case{"CREATE TABLE", "CREATE TABLE", std::nullopt}, Case{"COPY", "COPY", std::nullopt},
        Case{"SELECT -1", "SELECT -1", std::nullopt}, Case{"SELECT ", "SELECT ", std::nullopt},
        Case{"", "", std::nullopt}, Case{"START TRANSACTION", "START TRANSACTION", std::nullopt},
        Case{"CREATE TABLE AS", "CREATE TABLE AS", std::nullopt}}) {
    const CommandComplete message = CommandComplete::from_tag(expected.tag);
    EXPECT_EQ(message.tag, expected.tag);
    EXPECT_EQ(message.command, expected.command) << expected.tag;
    EXPECT_EQ(message.rows, expected.rows) << expected.tag;
  }
}

TEST(CopyResponse, Codec) {
  const std::string body = bytes("\1\0\2\0\1\0\1");
  const std::string wire = bytes("\0\1\0\1");
  const CopyResponse message{CopyResponse::Format::binary, FormatCodeList(wire)};
  expect_round_trip(message, 'G', body, BackendType::CopyInResponse);
  expect_round_trip(message, 'H', body, BackendType::CopyOutResponse);
  expect_round_trip(message, 'W', body, BackendType::CopyBothResponse);
  expect_exact_length<CopyResponse>(body);
  EXPECT_FALSE(CopyResponse::decode(bytes("\2\0\0")));
}

TEST(NotificationResponse, Codec) {
  const std::string body = bytes("\0\0\0\7channel\0payload\0");
  expect_round_trip(NotificationResponse{7, "channel", "payload"}, 'A', body);
  expect_exact_length<NotificationResponse>(body);
}

TEST(FunctionCallResponse, Codec) {
  const std::string body = bytes("\0\0\0\3abc");
  expect_round_trip(FunctionCallResponse{"abc"}, 'V', body);
  expect_exact_length<FunctionCallResponse>(body);
  expect_round_trip(FunctionCallResponse{}, 'V', bytes("\xff\xff\xff\xff"));
  EXPECT_FALSE(FunctionCallResponse::decode(bytes("\xff\xff\xff\xff"))->value);
  EXPECT_FALSE(FunctionCallResponse::decode(bytes("\xff\xff\xff\xfe")));
}

}  // namespace
}  // namespace sqlproxy::wire
