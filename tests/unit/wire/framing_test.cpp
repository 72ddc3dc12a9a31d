#include <gtest/gtest.h>
#include <sys/mman.h>

#include "tests/unit/wire/codec_checks.hpp"
#include "wire/byte_reader.hpp"
#include "wire/frame.hpp"
#include "wire/message_type.hpp"
#include "wire/message_writer.hpp"

namespace sqlproxy::wire {
namespace {

using testing::bytes;

TEST(FrameHeader, ReadsTypeAndLength) {
  const auto header = decode_frame_header(bytes("Q\0\0\1\4rest"));
  ASSERT_TRUE(header);
  EXPECT_EQ(header->type, 'Q');
  EXPECT_EQ(header->body_size, 256U);
  EXPECT_EQ(header->frame_size(), 261U);
}

TEST(FrameHeader, RefusesLengthsThatCannotBe) {
  EXPECT_FALSE(decode_frame_header(bytes("S\0\0\0\0")));
  EXPECT_FALSE(decode_frame_header(bytes("S\0\0\0\3")));
  EXPECT_TRUE(decode_frame_header(bytes("S\0\0\0\4")));
  EXPECT_TRUE(decode_frame_header(bytes("d\x7f\xff\xff\xff")));
  EXPECT_FALSE(decode_frame_header(bytes("d\x80\0\0\0")));
  EXPECT_FALSE(decode_frame_header(bytes("d\xff\xff\xff\xff")));
}

TEST(FrameHeader, LargestFrameDoesNotWrap) {
  EXPECT_EQ(decode_frame_header(bytes("d\x7f\xff\xff\xff"))->frame_size(), 0x8000'0000ULL);
}

TEST(MessageType, KnowsExactlyTheLettersOfTheProtocol) {
  std::string frontend;
  std::string backend;
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    if (is_known(static_cast<FrontendType>(c))) frontend.push_back(c);
    if (is_known(static_cast<BackendType>(c))) backend.push_back(c);
    EXPECT_EQ(is_known(static_cast<FrontendType>(c)), name_of(static_cast<FrontendType>(c)) != "unknown") << byte;
  }
  EXPECT_EQ(frontend, "BCDEFHPQSXcdfp");
  EXPECT_EQ(backend, "123ACDEGHIKNRSTVWZcdnstv");
}

TEST(MessageType, LimitsAreThoseOfPostgreSQL) {
  EXPECT_EQ(max_body_size(FrontendType::Query), (1U << 30) - 6);
  EXPECT_EQ(max_body_size(FrontendType::Sync), 9'996U);
  EXPECT_EQ(max_body_size(FrontendType::PasswordMessage), 65'531U);
  EXPECT_EQ(max_body_size(static_cast<FrontendType>('?')), 0U);
}

TEST(ByteReader, ReadsBigEndianIntegersAndStrings) {
  const std::string body = bytes("\x01\xff\xfe\x80\x00\xff\xff\xff\xfdtext\0tail");
  ByteReader reader(body);
  EXPECT_EQ(reader.u8(), 1);
  EXPECT_EQ(reader.i16(), -2);
  EXPECT_EQ(reader.u16(), 0x8000);
  EXPECT_EQ(reader.i32(), -3);
  EXPECT_EQ(reader.cstring(), "text");
  EXPECT_EQ(reader.remaining(), 4U);
  EXPECT_EQ(reader.rest(), "tail");
  EXPECT_TRUE(reader.at_end());
  EXPECT_TRUE(reader.finish());
}

TEST(ByteReader, SaysWhatFailedAsPostgreSQLDoes) {
  const auto message_of = [](auto read, std::string_view body) {
    ByteReader reader(body);
    read(reader);
    const auto status = reader.finish();
    return status ? std::string() : status.error().message;
  };
  EXPECT_EQ(message_of([](ByteReader& r) { (void)r.u8(); }, ""), "no data left in message");
  EXPECT_EQ(message_of([](ByteReader& r) { (void)r.u16(); }, "a"), "insufficient data left in message");
  EXPECT_EQ(message_of([](ByteReader& r) { (void)r.u32(); }, "abc"), "insufficient data left in message");
  EXPECT_EQ(message_of([](ByteReader& r) { (void)r.bytes(3); }, "ab"), "insufficient data left in message");
  EXPECT_EQ(message_of([](ByteReader& r) { (void)r.cstring(); }, "ab"), "invalid string in message");
  EXPECT_EQ(message_of([](ByteReader& r) { (void)r.u8(); }, "ab"), "invalid message format");
}

TEST(ByteReader, FailureStays) {
  ByteReader reader("abcd");
  EXPECT_EQ(reader.bytes(5), "");
  EXPECT_EQ(reader.u8(), 0);
  EXPECT_EQ(reader.rest(), "");
  EXPECT_EQ(reader.position(), 0U);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.finish().error().message, "insufficient data left in message");
}

TEST(ByteReader, ACountThatWouldOverflowIsRefused) {
  ByteReader reader("abcd");
  (void)reader.u8();
  EXPECT_EQ(reader.bytes(static_cast<std::size_t>(-1)), "");
  EXPECT_FALSE(reader.ok());
}

TEST(MessageWriter, PatchesTheLengthOfEachMessage) {
  std::string out = "before";
  MessageWriter writer(out);
  writer.begin(FrontendType::Execute);
  writer.cstring("p");
  writer.i32(-1);
  ASSERT_TRUE(writer.end());
  writer.begin_untyped();
  writer.u16(0xabcd);
  ASSERT_TRUE(writer.end());
  EXPECT_EQ(out, bytes("beforeE\0\0\0\x0ap\0\xff\xff\xff\xff\0\0\0\x06\xab\xcd"));
}

TEST(MessageWriter, TakesBackWhatItCannotSay) {
  std::string out = "before";
  MessageWriter writer(out);
  writer.begin(FrontendType::Query);
  writer.cstring(bytes("select 1\0; drop table t"));
  EXPECT_FALSE(writer.end());
  EXPECT_EQ(out, "before");
  writer.begin(FrontendType::Bind);
  writer.count(65'536);
  const auto status = writer.end();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().sqlstate, core::sqlstate::kProgramLimitExceeded);
  EXPECT_EQ(out, "before");
  writer.begin(FrontendType::Sync);
  EXPECT_TRUE(writer.end());
  EXPECT_EQ(out, bytes("beforeS\0\0\0\4"));
}

// Address space that nobody touches, for texts of a size that a message cannot have.
class HugeText {
 public:
  explicit HugeText(std::size_t size)
      : size_(size), data_(mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)) {}
  ~HugeText() { munmap(data_, size_); }
  HugeText(const HugeText&) = delete;
  HugeText& operator=(const HugeText&) = delete;

  [[nodiscard]] std::string_view view() const { return {static_cast<const char*>(data_), size_}; }

 private:
  std::size_t size_;
  void* data_;
};

TEST(MessageWriter, RefusesMoreThanAGigabyte) {
  // One byte too many, and a size that would wrap to four bytes in a length word.
  for (const std::size_t size : {std::size_t{kLargeMessageLimit} - 4 + 1, (std::size_t{1} << 32) + 4}) {
    const HugeText text(size);
    std::string out = "before";
    MessageWriter writer(out);
    for (const auto put : {&MessageWriter::bytes, &MessageWriter::sized_bytes, &MessageWriter::cstring}) {
      writer.begin(FrontendType::CopyData);
      (writer.*put)(text.view());
      const auto status = writer.end();
      ASSERT_FALSE(status);
      EXPECT_EQ(status.error().sqlstate, core::sqlstate::kProgramLimitExceeded);
      EXPECT_EQ(out, "before");
    }
  }
}

TEST(AppendMessage, FramesABody) {
  std::string out;
  append_message(out, FrontendType::Sync);
  append_message(out, BackendType::ParseComplete);
  ASSERT_TRUE(append_message(out, BackendType::CopyData, "row"));
  ASSERT_TRUE(append_message(out, FrontendType::CopyData, ""));
  EXPECT_EQ(out, bytes("S\0\0\0\4"
                       "1\0\0\0\4"
                       "d\0\0\0\7row"
                       "d\0\0\0\4"));
}

}  // namespace
}  // namespace sqlproxy::wire
