#include "wire/message_type.hpp"

namespace sqlproxy::wire {

std::string_view name_of(FrontendType type) noexcept {
  switch (type) {
    case FrontendType::Bind: return "Bind";
    case FrontendType::Close: return "Close";
    case FrontendType::CopyData: return "CopyData";
    case FrontendType::CopyDone: return "CopyDone";
    case FrontendType::CopyFail: return "CopyFail";
    case FrontendType::Describe: return "Describe";
    case FrontendType::Execute: return "Execute";
    case FrontendType::Flush: return "Flush";
    case FrontendType::FunctionCall: return "FunctionCall";
    case FrontendType::Parse: return "Parse";
    case FrontendType::PasswordMessage: return "PasswordMessage";
    case FrontendType::Query: return "Query";
    case FrontendType::Sync: return "Sync";
    case FrontendType::Terminate: return "Terminate";
  }
  return "unknown";
}

std::string_view name_of(BackendType type) noexcept {
  switch (type) {
    case BackendType::Authentication: return "Authentication";
    case BackendType::BackendKeyData: return "BackendKeyData";
    case BackendType::BindComplete: return "BindComplete";
    case BackendType::CloseComplete: return "CloseComplete";
    case BackendType::CommandComplete: return "CommandComplete";
    case BackendType::CopyBothResponse: return "CopyBothResponse";
    case BackendType::CopyData: return "CopyData";
    case BackendType::CopyDone: return "CopyDone";
    case BackendType::CopyInResponse: return "CopyInResponse";
    case BackendType::CopyOutResponse: return "CopyOutResponse";
    case BackendType::DataRow: return "DataRow";
    case BackendType::EmptyQueryResponse: return "EmptyQueryResponse";
    case BackendType::ErrorResponse: return "ErrorResponse";
    case BackendType::FunctionCallResponse: return "FunctionCallResponse";
    case BackendType::NegotiateProtocolVersion: return "NegotiateProtocolVersion";
    case BackendType::NoData: return "NoData";
    case BackendType::NoticeResponse: return "NoticeResponse";
    case BackendType::NotificationResponse: return "NotificationResponse";
    case BackendType::ParameterDescription: return "ParameterDescription";
    case BackendType::ParameterStatus: return "ParameterStatus";
    case BackendType::ParseComplete: return "ParseComplete";
    case BackendType::PortalSuspended: return "PortalSuspended";
    case BackendType::ReadyForQuery: return "ReadyForQuery";
    case BackendType::RowDescription: return "RowDescription";
  }
  return "unknown";
}

bool is_known(FrontendType type) noexcept {
  return max_body_size(type) != 0;
}

bool is_known(BackendType type) noexcept {
  return name_of(type) != "unknown";
}

std::uint32_t max_body_size(FrontendType type) noexcept {
  constexpr std::uint32_t kLengthWord = 4;
  switch (type) {
    case FrontendType::Bind:
    case FrontendType::CopyData:
    case FrontendType::FunctionCall:
    case FrontendType::Parse:
    case FrontendType::Query: return kLargeMessageLimit - kLengthWord;
    case FrontendType::Close:
    case FrontendType::CopyDone:
    case FrontendType::CopyFail:
    case FrontendType::Describe:
    case FrontendType::Execute:
    case FrontendType::Flush:
    case FrontendType::Sync:
    case FrontendType::Terminate: return kSmallMessageLimit - kLengthWord;
    case FrontendType::PasswordMessage: return kAuthenticationMessageLimit - kLengthWord;
  }
  return 0;
}

}  // namespace sqlproxy::wire
