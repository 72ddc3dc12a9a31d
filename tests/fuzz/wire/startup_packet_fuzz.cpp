// Input: what a client sends first, length word included. What decodes must survive encoding.
#include <string>

#include "tests/fuzz/wire/fuzz_check.hpp"
#include "wire/cancel_request.hpp"
#include "wire/command_line_options.hpp"
#include "wire/startup_message.hpp"
#include "wire/startup_packet.hpp"

using namespace sqlproxy::wire;
using sqlproxy::wire::fuzz::require;

namespace {

void check_cancel_request(std::string_view body) {
  const auto request = CancelRequest::decode(body);
  if (!request) return;
  std::string packet;
  request->encode(packet);
  require(packet.substr(kStartupLengthSize) == body);
}

void check_startup_message(std::string_view body) {
  const auto message = StartupMessage::decode(body);
  if (!message) return;
  require(!message->user.empty() && !message->database.empty());
  require(message->user.size() <= 63 && message->database.size() <= 63);
  std::string packet;
  // A database that was not named makes the packet longer than the one it came in.
  if (!message->encode(packet)) return;
  const auto again = StartupMessage::decode(std::string_view(packet).substr(kStartupLengthSize));
  require(again && again->user == message->user && again->database == message->database &&
          again->replication == message->replication && again->options == message->options &&
          again->parameters == message->parameters && again->protocol_options == message->protocol_options);
  (void)split_options(message->options);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input = fuzz::view(data, size);
  if (input.size() < kStartupLengthSize) return 0;
  const auto body_size = decode_startup_length(input);
  if (!body_size) return 0;
  const std::string_view body = input.substr(kStartupLengthSize, *body_size);
  if (body.size() < *body_size) return 0;
  switch (startup_request(body)) {
    case StartupRequest::SSLRequest:
    case StartupRequest::GSSENCRequest: break;
    case StartupRequest::CancelRequest: check_cancel_request(body); break;
    case StartupRequest::StartupMessage: check_startup_message(body); break;
  }
  return 0;
}
