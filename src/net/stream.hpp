#pragma once

#include <openssl/types.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include "net/asio.hpp"
#include "net/deadline.hpp"
#include "net/tls_context.hpp"

namespace sqlproxy::net {

// How a read or write ended. `error` is asio::error::eof when the peer ended its side in order.
struct IoResult {
  std::size_t size = 0;
  std::error_code error;

  [[nodiscard]] bool ok() const { return !error; }
};

// A stream between two event loops: owns the socket and the state of TLS.
class DetachedStream {
 public:
  DetachedStream() = default;
  DetachedStream(DetachedStream&& other) noexcept;
  DetachedStream& operator=(DetachedStream&& other) noexcept;
  ~DetachedStream();

 private:
  friend class Stream;

  int socket_ = -1;
  int family_ = 0;
  SSL* ssl_ = nullptr;
  std::shared_ptr<const void> tls_context_;
};

// A connected byte stream: TCP or Unix socket, in clear or under TLS. Owned by a session or a server connection on one
// worker; not thread-safe. At most one coroutine reads and at most one writes at any time.
//
// OpenSSL works on the socket itself, not on buffers of ours: nothing is read ahead of the handshake, so bytes that a
// peer puts behind an SSLRequest can only reach the TLS engine (protocol.md, 1.2.2).
class Stream {
 public:
  using Socket = asio::basic_stream_socket<asio::generic::stream_protocol, Executor>;

  explicit Stream(Socket socket);
  // Goes on with a stream of another event loop.
  Stream(Executor executor, DetachedStream detached);
  Stream(Stream&&) noexcept;
  Stream& operator=(Stream&&) = delete;
  ~Stream();

  // Waits for bytes and reads at most to.size() of them. Requires: !to.empty().
  [[nodiscard]] Task<IoResult> read_some(std::span<char> to);
  // Reads exactly to.size() bytes; fewer only with an error.
  [[nodiscard]] Task<IoResult> read_exactly(std::span<char> to);
  // Looks at the first byte without taking it.
  [[nodiscard]] Task<IoResult> peek(char& byte);

  // Writes what the socket takes now. A full socket is no error: `size` is then smaller than asked.
  [[nodiscard]] IoResult try_write(std::string_view bytes);
  // Writes all of it, waiting as often as the peer is slow.
  [[nodiscard]] Task<IoResult> write_all(std::string_view bytes);

  // Run the TLS handshake over the socket as it is. On failure `error` says why and the stream is of no further use.
  [[nodiscard]] Task<core::Status> accept_tls(std::shared_ptr<const TlsServerContext> context);
  // `host` is sent as SNI and, with verify-full, must be in the server's certificate.
  [[nodiscard]] Task<core::Status> connect_tls(std::shared_ptr<const TlsClientContext> context,
                                               const std::string& host);

  [[nodiscard]] bool is_tls() const { return ssl_ != nullptr; }
  [[nodiscard]] SSL* ssl() const { return ssl_.get(); }
  // True when the TLS engine holds decrypted bytes that no read has taken: the socket will not become readable for
  // them.
  [[nodiscard]] bool has_pending_input() const;

  // Makes pending and later operations end with an error; from any coroutine of the same worker.
  void cancel();
  // Lets operations work again after a cancel(), for the last words to a peer.
  void resume() { cancelled_ = false; }
  // Sends what ends the stream in order (close_notify, FIN), then reads and drops until the peer closes or `patience`
  // passes, so that the peer gets our last message and no reset (protocol.md, 8.2.4).
  [[nodiscard]] Task<void> close_gracefully(DeadlineQueue& deadlines, std::chrono::milliseconds patience);
  // Leaves the event loop. Requires: no operation is pending.
  [[nodiscard]] DetachedStream detach();
  // Closes at once.
  void close();

  [[nodiscard]] Socket& socket() { return socket_; }
  [[nodiscard]] const Socket& socket() const { return socket_; }
  [[nodiscard]] int native_handle() { return socket_.native_handle(); }

 private:
  struct SslDeleter {
    void operator()(SSL* ssl) const noexcept;
  };
  enum class Want { done, read, write, failed };

  [[nodiscard]] core::Result<SSL*> make_ssl(SSL_CTX* context);
  [[nodiscard]] Task<core::Status> handshake();
  [[nodiscard]] Want classify(int result, std::error_code& error);
  [[nodiscard]] Task<std::error_code> wait(Socket::wait_type what);

  Socket socket_;
  std::unique_ptr<SSL, SslDeleter> ssl_;
  // Keeps the SSL_CTX of this connection alive over reloads.
  std::shared_ptr<const void> tls_context_;
  bool cancelled_ = false;
};

}  // namespace sqlproxy::net
