#pragma once

#include <cstdint>
#include <string_view>

namespace sqlproxy::wire {

// The type byte of a message that a client sends (PostgreSQL documentation, "Message Formats").
// PasswordMessage stands for the whole family with letter 'p': password, SASL and GSSAPI responses.
enum class FrontendType : char {
  Bind = 'B',
  Close = 'C',
  CopyData = 'd',
  CopyDone = 'c',
  CopyFail = 'f',
  Describe = 'D',
  Execute = 'E',
  Flush = 'H',
  FunctionCall = 'F',
  Parse = 'P',
  PasswordMessage = 'p',
  Query = 'Q',
  Sync = 'S',
  Terminate = 'X',
};

// The type byte of a message that a server sends.
enum class BackendType : char {
  Authentication = 'R',
  BackendKeyData = 'K',
  BindComplete = '2',
  CloseComplete = '3',
  CommandComplete = 'C',
  CopyBothResponse = 'W',
  CopyData = 'd',
  CopyDone = 'c',
  CopyInResponse = 'G',
  CopyOutResponse = 'H',
  DataRow = 'D',
  EmptyQueryResponse = 'I',
  ErrorResponse = 'E',
  FunctionCallResponse = 'V',
  NegotiateProtocolVersion = 'v',
  NoData = 'n',
  NoticeResponse = 'N',
  NotificationResponse = 'A',
  ParameterDescription = 't',
  ParameterStatus = 'S',
  ParseComplete = '1',
  PortalSuspended = 's',
  ReadyForQuery = 'Z',
  RowDescription = 'T',
};

// True for the letters above. A byte from a peer may be cast to the enum before it is known to be one of them.
[[nodiscard]] bool is_known(FrontendType type) noexcept;
[[nodiscard]] bool is_known(BackendType type) noexcept;

// "ReadyForQuery"; "unknown" for other letters. For logs.
[[nodiscard]] std::string_view name_of(FrontendType type) noexcept;
[[nodiscard]] std::string_view name_of(BackendType type) noexcept;

// PostgreSQL's limits of the length word, which counts itself (libpq.h: PQ_LARGE_MESSAGE_LIMIT, PQ_SMALL_MESSAGE_LIMIT;
// auth.h: PG_MAX_AUTH_TOKEN_LENGTH; protocol.md 3.13, 2.5.2).
inline constexpr std::uint32_t kLargeMessageLimit = 0x3fff'fffe;
inline constexpr std::uint32_t kSmallMessageLimit = 10'000;
inline constexpr std::uint32_t kAuthenticationMessageLimit = 65'535;

// The longest body (without the length word) that PostgreSQL takes from a client in a message of that type; 0 for
// unknown types. A longer one ends the connection without an ErrorResponse.
[[nodiscard]] std::uint32_t max_body_size(FrontendType type) noexcept;

}  // namespace sqlproxy::wire
