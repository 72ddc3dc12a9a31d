#include "wire/messages/error_response.hpp"

#include <gtest/gtest.h>

#include "tests/unit/wire/codec_checks.hpp"
#include "wire/messages/severity.hpp"

namespace sqlproxy::wire {
namespace {

using testing::bytes;

const std::string kEveryField = bytes(
    "SERREUR\0VERROR\0C23505\0Mduplicate key\0Ddetail\0Hhint\0P12\0p3\0qselect\0Wwhere\0ss\0tt\0cc\0dd\0nn\0Ff.c\0L7\0"
    "Rr\0\0");

TEST(ErrorResponse, KeepsEveryField) {
  const auto message = ErrorResponse::decode(kEveryField);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->fields.size(), 18U);
  EXPECT_EQ(message->find(ErrorField::Routine), "r");
  EXPECT_EQ(message->find(ErrorField::InternalQuery), "select");
  EXPECT_EQ(message->find(ErrorField::ConstraintName), "n");
  EXPECT_EQ(message->sqlstate().text(), "23505");
  EXPECT_EQ(message->message(), "duplicate key");
  EXPECT_EQ(message->severity(), "ERROR");
  EXPECT_FALSE(message->ends_session());
  testing::expect_round_trip(*message, 'E', kEveryField);
  testing::expect_exact_length<ErrorResponse>(kEveryField);
}

TEST(ErrorResponse, NoticeDiffersInTheLetterOnly) {
  const auto message = ErrorResponse::decode(kEveryField);
  std::string out;
  ASSERT_TRUE(message->encode(out, BackendType::NoticeResponse));
  EXPECT_EQ(testing::body_of(out, 'N'), kEveryField);
}

TEST(ErrorResponse, ToleratesMissingAndUnknownFields) {
  const std::string body = bytes("SFATAL\0Mtoo many connections\0Xunknown\0\0");
  const auto message = ErrorResponse::decode(body);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->sqlstate().text(), "XX000");
  EXPECT_EQ(message->severity(), "FATAL");
  EXPECT_TRUE(message->ends_session());
  EXPECT_EQ(message->find(static_cast<ErrorField>('X')), "unknown");
  testing::expect_round_trip(*message, 'E', body);
  const auto nothing = ErrorResponse::decode(bytes("\0"));
  ASSERT_TRUE(nothing);
  EXPECT_EQ(nothing->message(), "");
}

TEST(ErrorResponse, AWrongSqlstateCountsAsNone) {
  for (const char* code : {"", "4250", "425011", "4250\n", "abcde"}) {
    const std::string body = "C" + std::string(code) + bytes("\0\0");
    EXPECT_EQ(ErrorResponse::decode(body)->sqlstate().text(), "XX000") << code;
  }
}

TEST(ErrorResponse, PrefixGivesTheFieldsThatAreComplete) {
  const ErrorResponse whole = *ErrorResponse::decode(kEveryField);
  for (std::size_t size = 0; size <= kEveryField.size(); ++size) {
    const ErrorResponse part = ErrorResponse::decode_prefix(std::string_view(kEveryField).substr(0, size));
    ASSERT_LE(part.fields.size(), whole.fields.size());
    EXPECT_TRUE(std::equal(part.fields.begin(), part.fields.end(), whole.fields.begin()));
  }
  EXPECT_EQ(ErrorResponse::decode_prefix(bytes("SERROR\0C23505\0Mdupl")).sqlstate().text(), "23505");
}

TEST(ErrorResponse, FieldsCanBeTakenOut) {
  const std::string body = bytes("Mm\0Da\0Hh\0Db\0\0");
  auto message = ErrorResponse::decode(body);
  message->erase(ErrorField::Detail);
  std::string out;
  ASSERT_TRUE(message->encode(out));
  EXPECT_EQ(testing::body_of(out, 'E'), bytes("Mm\0Hh\0\0"));
}

TEST(AppendError, WritesWhatAnErrorHas) {
  core::Error error =
      core::make_error(core::ErrorCode::denied, core::sqlstate::kInsufficientPrivilege, "no", "D.", "H.");
  error.position = 5;
  std::string out;
  append_error(out, Severity::error, error);
  EXPECT_EQ(testing::body_of(out, 'E'), bytes("SERROR\0VERROR\0C42501\0Mno\0DD.\0HH.\0P5\0\0"));
}

TEST(AppendError, LeavesOutWhatAnErrorHasNot) {
  std::string out;
  append_error(out, Severity::warning,
               core::make_error(core::ErrorCode::internal, core::sqlstate::kInternalError, "m"));
  EXPECT_EQ(testing::body_of(out, 'N'), bytes("SWARNING\0VWARNING\0CXX000\0Mm\0\0"));
}

TEST(AppendError, SeverityChoosesTheMessage) {
  const core::Error error = core::make_error(core::ErrorCode::internal, core::sqlstate::kInternalError, "m");
  for (const auto severity : {Severity::error, Severity::fatal, Severity::panic, Severity::warning, Severity::notice,
                              Severity::info, Severity::debug, Severity::log}) {
    std::string out;
    append_error(out, severity, error);
    EXPECT_EQ(out[0], severity <= Severity::panic ? 'E' : 'N');
    EXPECT_EQ(ErrorResponse::decode(std::string_view(out).substr(5))->severity(), severity_text(severity));
  }
}

TEST(AppendError, TextsCannotBreakTheMessage) {
  core::Error error = core::make_error(core::ErrorCode::internal, core::sqlstate::kInternalError, bytes("a\0b"));
  error.detail = std::string(65'535, 'x') + "\xc3\xa9";
  std::string out;
  append_error(out, Severity::fatal, error);
  const std::string body = testing::body_of(out, 'E');
  const auto message = ErrorResponse::decode(body);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->message(), "a?b");
  EXPECT_EQ(message->find(ErrorField::Detail), std::string(65'535, 'x'));
}

}  // namespace
}  // namespace sqlproxy::wire
