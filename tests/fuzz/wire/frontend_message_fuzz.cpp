// Input: a type byte and a body. What decodes must encode to the same bytes.
#include <string>

#include "tests/fuzz/wire/fuzz_check.hpp"
#include "wire/frame.hpp"
#include "wire/message_type.hpp"
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

using namespace sqlproxy::wire;
using sqlproxy::wire::fuzz::require;

namespace {

template <class Message>
void check(std::string_view body) {
  const auto message = Message::decode(body);
  if (!message) return;
  std::string frame;
  require(bool(message->encode(frame)));
  const auto header = decode_frame_header(frame);
  require(header && header->body_size == body.size() && frame.substr(FrameHeader::kSize) == body);
}

void check_bind(std::string_view body) {
  check<Bind>(body);
  const auto bind = Bind::decode(body);
  const auto names = Bind::decode_prefix(body, body.size());
  if (bind) {
    require(names && *names && (*names)->portal == bind->portal && (*names)->statement == bind->statement);
    std::size_t parameters = 0;
    for (const ValueList::Value& value : bind->parameters) parameters += !value || value->size() <= body.size();
    require(parameters == bind->parameters.size());
  }
  // A part of the body never gives other names than the whole.
  const auto early = Bind::decode_prefix(body.substr(0, body.size() / 2), body.size());
  if (early && *early) require(names && *names && (*names)->statement == (*early)->statement);
}

void check_function_call(std::string_view body) {
  check<FunctionCall>(body);
  const auto call = FunctionCall::decode(body);
  const auto oid = FunctionCall::decode_prefix(body, body.size());
  if (call) require(oid && *oid == call->function_oid);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = fuzz::view(data, size);
  if (input.empty()) return 0;
  const std::string_view body = input.substr(1);
  switch (static_cast<FrontendType>(input[0])) {
    case FrontendType::Bind: check_bind(body); break;
    case FrontendType::Close: check<Close>(body); break;
    case FrontendType::CopyFail: check<CopyFail>(body); break;
    case FrontendType::Describe: check<Describe>(body); break;
    case FrontendType::Execute: check<Execute>(body); break;
    case FrontendType::FunctionCall: check_function_call(body); break;
    case FrontendType::Parse: check<Parse>(body); break;
    case FrontendType::PasswordMessage:
      check<PasswordMessage>(body);
      check<SASLInitialResponse>(body);
      break;
    case FrontendType::Query: check<Query>(body); break;
    default: break;  // no body, or none that means anything
  }
  return 0;
}
