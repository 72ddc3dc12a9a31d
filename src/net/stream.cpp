#include "net/stream.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace sqlproxy::net {
namespace {

std::error_code system_error(int number) {
  return {number, std::system_category()};
}

bool would_block(int number) {
  return number == EAGAIN || number == EWOULDBLOCK;
}

core::Error network_error(std::string message) {
  return core::make_error(core::ErrorCode::network, core::sqlstate::kConnectionFailure, std::move(message));
}

}  // namespace

void Stream::SslDeleter::operator()(SSL* ssl) const noexcept {
  SSL_free(ssl);
}

Stream::Stream(Socket socket) : socket_(std::move(socket)) {
  std::error_code ignored;
  socket_.non_blocking(true, ignored);
}

Stream::Stream(Executor executor, DetachedStream detached)
    : socket_(executor), ssl_(std::exchange(detached.ssl_, nullptr)), tls_context_(std::move(detached.tls_context_)) {
  std::error_code error;
  socket_.assign(asio::generic::stream_protocol(detached.family_, 0), std::exchange(detached.socket_, -1), error);
  socket_.non_blocking(true, error);
}

Stream::Stream(Stream&&) noexcept = default;

Stream::~Stream() = default;

DetachedStream::DetachedStream(DetachedStream&& other) noexcept {
  *this = std::move(other);
}

DetachedStream& DetachedStream::operator=(DetachedStream&& other) noexcept {
  std::swap(socket_, other.socket_);
  std::swap(family_, other.family_);
  std::swap(ssl_, other.ssl_);
  std::swap(tls_context_, other.tls_context_);
  return *this;
}

DetachedStream::~DetachedStream() {
  SSL_free(ssl_);
  if (socket_ >= 0) ::close(socket_);
}

DetachedStream Stream::detach() {
  DetachedStream detached;
  std::error_code error;
  detached.family_ = socket_.local_endpoint(error).protocol().family();
  detached.socket_ = socket_.release(error);
  detached.ssl_ = ssl_.release();
  detached.tls_context_ = std::move(tls_context_);
  return detached;
}

Task<std::error_code> Stream::wait(Socket::wait_type what) {
  if (cancelled_) co_return asio::error::operation_aborted;
  std::error_code error;
  co_await socket_.async_wait(what, use_task(error));
  if (!error && cancelled_) error = asio::error::operation_aborted;
  co_return error;
}

Stream::Want Stream::classify(int result, std::error_code& error) {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_NONE: return Want::done;
    case SSL_ERROR_WANT_READ: return Want::read;
    case SSL_ERROR_WANT_WRITE: return Want::write;
    case SSL_ERROR_ZERO_RETURN: error = asio::error::eof; return Want::failed;
    case SSL_ERROR_SYSCALL:
      error = errno != 0 ? system_error(errno) : std::error_code(asio::error::eof);
      return Want::failed;
    default: break;
  }
  // OpenSSL 3 reports a peer that closes without close_notify here; most clients do.
  const unsigned long code = ERR_peek_last_error();
  const bool ended = ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
  error = ended ? std::error_code(asio::error::eof) : std::error_code(std::make_error_code(std::errc::protocol_error));
  return Want::failed;
}

Task<IoResult> Stream::read_some(std::span<char> to) {
  IoResult result;
  if (ssl_ == nullptr) {
    if (cancelled_) co_return IoResult{0, asio::error::operation_aborted};
    result.size = co_await socket_.async_read_some(asio::buffer(to.data(), to.size()), use_task(result.error));
    co_return result;
  }
  for (;;) {
    if (cancelled_) co_return IoResult{0, asio::error::operation_aborted};
    ERR_clear_error();
    errno = 0;
    std::size_t size = 0;
    const int read = SSL_read_ex(ssl_.get(), to.data(), to.size(), &size);
    if (read == 1) co_return IoResult{size, {}};
    const Want want = classify(read, result.error);
    if (want == Want::failed) co_return result;
    result.error = co_await wait(want == Want::read ? Socket::wait_read : Socket::wait_write);
    if (result.error) co_return result;
  }
}

Task<IoResult> Stream::read_exactly(std::span<char> to) {
  IoResult total;
  while (total.size < to.size()) {
    const IoResult part = co_await read_some(to.subspan(total.size));
    total.size += part.size;
    total.error = part.error;
    if (total.error) break;
  }
  co_return total;
}

Task<IoResult> Stream::peek(char& byte) {
  for (;;) {
    if (cancelled_) co_return IoResult{0, asio::error::operation_aborted};
    const ssize_t got = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK);
    if (got == 1) co_return IoResult{1, {}};
    if (got == 0) co_return IoResult{0, asio::error::eof};
    if (errno == EINTR) continue;
    if (!would_block(errno)) co_return IoResult{0, system_error(errno)};
    if (const std::error_code error = co_await wait(Socket::wait_read)) co_return IoResult{0, error};
  }
}

IoResult Stream::try_write(std::string_view bytes) {
  IoResult result;
  if (cancelled_) return {0, asio::error::operation_aborted};
  while (result.size < bytes.size()) {
    const std::string_view rest = bytes.substr(result.size);
    if (ssl_ == nullptr) {
      const ssize_t sent = ::send(socket_.native_handle(), rest.data(), rest.size(), MSG_NOSIGNAL);
      if (sent < 0) {
        if (errno == EINTR) continue;
        if (!would_block(errno)) result.error = system_error(errno);
        return result;
      }
      result.size += static_cast<std::size_t>(sent);
      continue;
    }
    ERR_clear_error();
    errno = 0;
    std::size_t sent = 0;
    const int wrote = SSL_write_ex(ssl_.get(), rest.data(), rest.size(), &sent);
    if (wrote != 1) {
      if (classify(wrote, result.error) != Want::failed) result.error.clear();
      return result;
    }
    result.size += sent;
  }
  return result;
}

Task<IoResult> Stream::write_all(std::string_view bytes) {
  IoResult total;
  for (;;) {
    const IoResult part = try_write(bytes.substr(total.size));
    total.size += part.size;
    total.error = part.error;
    if (total.error || total.size == bytes.size()) co_return total;
    // Without renegotiation a write can only want the socket to become writable.
    total.error = co_await wait(Socket::wait_write);
    if (total.error) co_return total;
  }
}

core::Result<SSL*> Stream::make_ssl(SSL_CTX* context) {
  ERR_clear_error();
  ssl_.reset(SSL_new(context));
  if (!ssl_ || SSL_set_fd(ssl_.get(), socket_.native_handle()) != 1) {
    ssl_.reset();
    return network_error("could not start TLS: " + last_tls_error());
  }
  return ssl_.get();
}

Task<core::Status> Stream::handshake() {
  for (;;) {
    ERR_clear_error();
    errno = 0;
    const int done = SSL_do_handshake(ssl_.get());
    if (done == 1) co_return core::Status{};
    std::error_code error;
    const Want want = classify(done, error);
    if (want == Want::failed) {
      const bool ours = error == std::errc::protocol_error;
      co_return network_error("TLS handshake failed: " + (ours ? last_tls_error() : error.message()));
    }
    error = co_await wait(want == Want::read ? Socket::wait_read : Socket::wait_write);
    if (error) co_return network_error("TLS handshake failed: " + error.message());
  }
}

Task<core::Status> Stream::accept_tls(std::shared_ptr<const TlsServerContext> context) {
  auto ssl = make_ssl(context->native());
  if (!ssl) co_return std::move(ssl).error();
  tls_context_ = std::move(context);
  SSL_set_accept_state(*ssl);
  co_return co_await handshake();
}

Task<core::Status> Stream::connect_tls(std::shared_ptr<const TlsClientContext> context, const std::string& host) {
  auto ssl = make_ssl(context->native());
  if (!ssl) co_return std::move(ssl).error();
  tls_context_ = context;
  SSL_set_connect_state(*ssl);
  // An IP address is neither sent as SNI (RFC 6066, section 3) nor matched as a DNS name.
  std::error_code not_an_address;
  asio::ip::make_address(host, not_an_address);
  const bool is_name = static_cast<bool>(not_an_address);
  if (is_name) SSL_set_tlsext_host_name(*ssl, host.c_str());
  if (context->verification() == TlsVerification::full) {
    X509_VERIFY_PARAM* parameters = SSL_get0_param(*ssl);
    const int set = is_name ? X509_VERIFY_PARAM_set1_host(parameters, host.c_str(), host.size())
                            : X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str());
    if (set != 1) co_return network_error("could not set the host name to verify");
  }
  co_return co_await handshake();
}

bool Stream::has_pending_input() const {
  return ssl_ != nullptr && SSL_has_pending(ssl_.get()) == 1;
}

void Stream::cancel() {
  cancelled_ = true;
  std::error_code ignored;
  socket_.cancel(ignored);
}

Task<void> Stream::close_gracefully(DeadlineQueue& deadlines, std::chrono::milliseconds patience) {
  std::error_code ignored;
  if (!socket_.is_open()) co_return;
  cancelled_ = false;
  if (ssl_ != nullptr && SSL_is_init_finished(ssl_.get()) == 1) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
  }
  socket_.shutdown(Socket::shutdown_send, ignored);
  Deadline deadline(deadlines, [this] { cancel(); });
  deadline.arm(patience);
  std::array<char, 1024> dropped{};
  while (!cancelled_) {
    std::error_code error;
    co_await socket_.async_read_some(asio::buffer(dropped), use_task(error));
    if (error) break;
  }
  socket_.close(ignored);
}

void Stream::close() {
  std::error_code ignored;
  socket_.close(ignored);
}

}  // namespace sqlproxy::net
