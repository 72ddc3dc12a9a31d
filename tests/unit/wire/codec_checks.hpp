#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>

#include "core/sqlstate.hpp"
#include "wire/frame.hpp"

// What every codec of the protocol has to stand up to.
namespace sqlproxy::wire::testing {

// A literal with its zero bytes: bytes("a\0b").
template <std::size_t size>
[[nodiscard]] std::string bytes(const char (&literal)[size]) {
  return std::string(literal, size - 1);
}

// The body of the one message in `frame`, whose header has to fit it.
[[nodiscard]] inline std::string body_of(std::string_view frame, char type) {
  const auto header = decode_frame_header(frame);
  EXPECT_TRUE(header.has_value());
  EXPECT_EQ(header->type, type);
  EXPECT_EQ(header->frame_size(), frame.size());
  return std::string(frame.substr(FrameHeader::kSize));
}

// Encodes `message`, decodes what came out and encodes it again: both encodings have to be the same message of type
// `type` with the body `body`.
template <class Message, class... Extra>
void expect_round_trip(const Message& message, char type, std::string_view body, Extra... extra) {
  std::string first;
  if constexpr (std::is_void_v<decltype(message.encode(first, extra...))>) {
    message.encode(first, extra...);
  } else {
    ASSERT_TRUE(message.encode(first, extra...));
  }
  EXPECT_EQ(body_of(first, type), body);
  auto decoded = Message::decode(body);
  ASSERT_TRUE(decoded) << decoded.error().message;
  std::string second;
  (void)decoded->encode(second, extra...);
  EXPECT_EQ(second, first);
}

// Every proper prefix of `body`, and `body` with a byte too many, is refused as a protocol violation.
template <class Message>
void expect_exact_length(std::string_view body) {
  const auto expect_refused = [](const std::string& text) {
    const auto decoded = Message::decode(text);
    ASSERT_FALSE(decoded) << text.size() << " bytes were taken";
    EXPECT_EQ(decoded.error().sqlstate, core::sqlstate::kProtocolViolation);
    EXPECT_FALSE(decoded.error().message.empty());
  };
  for (std::size_t size = 0; size < body.size(); ++size) expect_refused(std::string(body.substr(0, size)));
  expect_refused(std::string(body) + "x");
}

}  // namespace sqlproxy::wire::testing
