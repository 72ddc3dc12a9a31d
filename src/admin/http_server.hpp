#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "admin/http_message.hpp"
#include "admin/http_tls.hpp"
#include "config/listen_address.hpp"
#include "core/result.hpp"

namespace sqlproxy::admin {

// The HTTP server of the administration: a thread that serves one request at a time, each on a connection of its own.
//
// Bounds, for whoever can reach the port: kMaxConnections at once, kMaxHeader bytes of request line and headers,
// kMaxBody bytes of body, kMaxTime from the first to the last byte of a connection. What goes beyond is answered with
// an error or cut off, and takes no memory that grows.
class HttpServer {
 public:
  static constexpr unsigned kMaxConnections = 32;
  static constexpr std::size_t kMaxHeader = 16 * 1024;
  static constexpr std::size_t kMaxBody = 64 * 1024;
  static constexpr std::chrono::seconds kMaxTime{10};

  // Called on the server's thread; may block for a moment.
  using Handler = std::function<HttpResponse(const HttpRequest&)>;

  explicit HttpServer(Handler handler);
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer();

  // Binds and starts the thread. Requires: a TCP address. With `tls` it speaks TLS 1.2 and 1.3 only.
  [[nodiscard]] core::Status start(const config::ListenAddress& address, std::optional<HttpTls> tls);
  // Any thread. What connections are shown from now on; those that there are end. Requires: started with TLS.
  void renew(HttpTls tls);
  // Ends the request that is served, and the thread. Idempotent.
  void stop();

 private:
  class Engine;

  void run();

  Handler handler_;
  std::mutex mutex_;
  std::optional<HttpTls> renewed_;
  std::unique_ptr<Engine> engine_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace sqlproxy::admin
