// Input: a type byte and a body. What decodes must encode to the same bytes.
#include <string>
#include <type_traits>

#include "tests/fuzz/wire/fuzz_check.hpp"
#include "wire/frame.hpp"
#include "wire/message_type.hpp"
#include "wire/messages/authentication.hpp"
#include "wire/messages/backend_key_data.hpp"
#include "wire/messages/command_complete.hpp"
#include "wire/messages/copy_response.hpp"
#include "wire/messages/data_row.hpp"
#include "wire/messages/error_response.hpp"
#include "wire/messages/function_call_response.hpp"
#include "wire/messages/negotiate_protocol_version.hpp"
#include "wire/messages/notification_response.hpp"
#include "wire/messages/parameter_description.hpp"
#include "wire/messages/parameter_status.hpp"
#include "wire/messages/ready_for_query.hpp"
#include "wire/messages/row_description.hpp"

using namespace sqlproxy::wire;
using sqlproxy::wire::fuzz::require;

namespace {

template <class Message, class... Extra>
void check(std::string_view body, Extra... extra) {
  const auto message = Message::decode(body);
  if (!message) return;
  std::string frame;
  if constexpr (std::is_void_v<decltype(message->encode(frame, extra...))>) {
    message->encode(frame, extra...);
  } else {
    require(bool(message->encode(frame, extra...)));
  }
  const auto header = decode_frame_header(frame);
  require(header && header->body_size == body.size() && frame.substr(FrameHeader::kSize) == body);
}

void check_error_response(std::string_view body, BackendType type) {
  check<ErrorResponse>(body, type);
  const ErrorResponse prefix = ErrorResponse::decode_prefix(body);
  require(prefix.sqlstate().text().size() == 5);
  const auto whole = ErrorResponse::decode(body);
  if (whole) require(whole->fields == prefix.fields);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = fuzz::view(data, size);
  if (input.empty()) return 0;
  const std::string_view body = input.substr(1);
  const auto type = static_cast<BackendType>(input[0]);
  switch (type) {
    case BackendType::Authentication: check<Authentication>(body); break;
    case BackendType::BackendKeyData: check<BackendKeyData>(body); break;
    case BackendType::CommandComplete: check<CommandComplete>(body); break;
    case BackendType::CopyBothResponse:
    case BackendType::CopyInResponse:
    case BackendType::CopyOutResponse: check<CopyResponse>(body, type); break;
    case BackendType::DataRow: check<DataRow>(body); break;
    case BackendType::ErrorResponse:
    case BackendType::NoticeResponse: check_error_response(body, type); break;
    case BackendType::FunctionCallResponse: check<FunctionCallResponse>(body); break;
    case BackendType::NegotiateProtocolVersion: check<NegotiateProtocolVersion>(body); break;
    case BackendType::NotificationResponse: check<NotificationResponse>(body); break;
    case BackendType::ParameterDescription: check<ParameterDescription>(body); break;
    case BackendType::ParameterStatus: check<ParameterStatus>(body); break;
    case BackendType::ReadyForQuery: check<ReadyForQuery>(body); break;
    case BackendType::RowDescription: check<RowDescription>(body); break;
    default: break;  // no body, or none that means anything
  }
  return 0;
}
