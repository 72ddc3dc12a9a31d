#include "frontend/startup_negotiation.hpp"

#include <sys/socket.h>

#include <array>

#include "wire/cancel_request.hpp"
#include "wire/startup_packet.hpp"

namespace sqlproxy::frontend {
namespace {

using wire::StartupRequest;

// The first byte of a TLS record that carries a handshake: the client speaks TLS without asking first.
constexpr char kTlsHandshakeRecord = 0x16;

// One client's way through the packets that precede its StartupMessage.
class Negotiation {
 public:
  Negotiation(net::Stream& stream, std::shared_ptr<const net::TlsServerContext> tls)
      : stream_(stream), tls_(std::move(tls)) {}

  [[nodiscard]] net::Task<StartupOutcome> run();

 private:
  [[nodiscard]] net::Task<bool> accept_direct_tls();
  [[nodiscard]] net::Task<core::Result<std::string>> read_packet();
  // None: go on with the next packet.
  [[nodiscard]] net::Task<std::optional<StartupEnd>> answer_encryption_request(StartupRequest request);
  [[nodiscard]] bool on_unix_socket();

  net::Stream& stream_;
  std::shared_ptr<const net::TlsServerContext> tls_;
  bool ssl_asked_ = false;
  bool gss_asked_ = false;
};

core::Error closed() {
  return core::make_error(core::ErrorCode::closed, core::sqlstate::kConnectionFailure, "closed");
}

core::Error repeated_request(std::uint32_t code) {
  const wire::ProtocolVersion version = wire::ProtocolVersion::from_code(code);
  return core::make_error(core::ErrorCode::unsupported, core::sqlstate::kFeatureNotSupported,
                          "unsupported frontend protocol " + std::to_string(version.major) + "." +
                              std::to_string(version.minor) + ": server supports 3.0 to 3.2");
}

bool Negotiation::on_unix_socket() {
  std::error_code error;
  return stream_.socket().local_endpoint(error).protocol().family() == AF_UNIX;
}

net::Task<bool> Negotiation::accept_direct_tls() {
  if (!tls_ || on_unix_socket()) co_return false;
  if (!co_await stream_.accept_tls(tls_)) co_return false;
  // Without ALPN, bytes meant for another protocol could be read as ours (protocol.md, 1.3.1).
  co_return net::alpn_selected_postgresql(stream_.ssl());
}

net::Task<core::Result<std::string>> Negotiation::read_packet() {
  std::array<char, wire::kStartupLengthSize> length{};
  if (!(co_await stream_.read_exactly(length)).ok()) co_return closed();
  const auto size = wire::decode_startup_length({length.data(), length.size()});
  if (!size) co_return closed();
  std::string body(*size, '\0');
  if (!(co_await stream_.read_exactly(body)).ok()) co_return closed();
  co_return body;
}

net::Task<std::optional<StartupEnd>> Negotiation::answer_encryption_request(StartupRequest request) {
  const bool is_ssl = request == StartupRequest::SSLRequest;
  bool& asked = is_ssl ? ssl_asked_ : gss_asked_;
  if (asked) co_return StartupEnd{repeated_request(is_ssl ? wire::kSSLRequestCode : wire::kGSSENCRequestCode)};
  asked = true;
  const bool offer = is_ssl && tls_ && !stream_.is_tls() && !on_unix_socket();
  if (!(co_await stream_.write_all(offer ? "S" : "N")).ok()) co_return StartupEnd{};
  if (offer && !co_await stream_.accept_tls(tls_)) co_return StartupEnd{};
  co_return std::nullopt;
}

net::Task<StartupOutcome> Negotiation::run() {
  char first = 0;
  if (!(co_await stream_.peek(first)).ok()) co_return StartupEnd{};
  if (first == kTlsHandshakeRecord && !co_await accept_direct_tls()) co_return StartupEnd{};
  for (;;) {
    const auto packet = co_await read_packet();
    if (!packet) co_return StartupEnd{};
    switch (const StartupRequest request = wire::startup_request(*packet)) {
      case StartupRequest::SSLRequest:
      case StartupRequest::GSSENCRequest:
        if (auto end = co_await answer_encryption_request(request)) co_return *std::move(end);
        break;
      case StartupRequest::CancelRequest: {
        const auto cancel = wire::CancelRequest::decode(*packet);
        if (!cancel) co_return StartupEnd{};
        co_return CancelDemand{cancel->process_id, std::string(cancel->key)};
      }
      case StartupRequest::StartupMessage: {
        auto message = wire::StartupMessage::decode(*packet);
        if (!message) co_return StartupEnd{std::move(message).error()};
        co_return *std::move(message);
      }
    }
  }
}

}  // namespace

net::Task<StartupOutcome> negotiate_startup(net::Stream& stream, std::shared_ptr<const net::TlsServerContext> tls) {
  Negotiation negotiation(stream, std::move(tls));
  co_return co_await negotiation.run();
}

}  // namespace sqlproxy::frontend
