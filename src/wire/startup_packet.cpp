#include "wire/startup_packet.hpp"

#include "wire/byte_reader.hpp"
#include "wire/message_writer.hpp"

namespace sqlproxy::wire {

std::optional<std::uint32_t> decode_startup_length(std::string_view bytes) noexcept {
  ByteReader reader(bytes);
  const std::uint32_t length = reader.u32();
  if (length < kStartupLengthSize + kMinStartupBody || length > kStartupLengthSize + kMaxStartupBody)
    return std::nullopt;
  return length - static_cast<std::uint32_t>(kStartupLengthSize);
}

StartupRequest startup_request(std::string_view body) noexcept {
  switch (ByteReader(body).u32()) {
    case kSSLRequestCode: return StartupRequest::SSLRequest;
    case kGSSENCRequestCode: return StartupRequest::GSSENCRequest;
    case kCancelRequestCode: return StartupRequest::CancelRequest;
    default: return StartupRequest::StartupMessage;
  }
}

void encode_ssl_request(std::string& out) {
  MessageWriter writer(out);
  writer.begin_untyped();
  writer.u32(kSSLRequestCode);
  writer.end_bounded();
}

}  // namespace sqlproxy::wire
