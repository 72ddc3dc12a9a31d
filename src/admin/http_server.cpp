#include "admin/http_server.hpp"

#include <microhttpd.h>
#include <netdb.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/clock.hpp"
#include "core/log.hpp"

namespace sqlproxy::admin {
namespace {

constexpr std::chrono::milliseconds kTurn{200};
constexpr int kBacklog = 64;
// Of GnuTLS.
constexpr char kPriorities[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";

// For the dashboard, which asks this server alone; what else is answered is no page.
constexpr char kContentPolicy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'";

core::Error cannot_listen(const config::ListenAddress& address, const std::string& why) {
  return core::make_error(core::ErrorCode::network, core::sqlstate::kInternalError,
                          "admin: cannot listen on " + address.text() + ": " + why);
}

// The first of the addresses that the host stands for on which it is possible to listen.
core::Result<int> listen_on(const config::ListenAddress& address) {
  addrinfo hints{};
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(address.port);
  const char* host = address.host == "*" ? nullptr : address.host.c_str();
  if (const int failed = ::getaddrinfo(host, port.c_str(), &hints, &found); failed != 0) {
    return cannot_listen(address, ::gai_strerror(failed));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, ::freeaddrinfo);
  std::string why = "no address";
  for (const addrinfo* next = found; next != nullptr; next = next->ai_next) {
    const int socket = ::socket(next->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int on = 1;
    if (socket >= 0) (void)::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (socket >= 0 && ::bind(socket, next->ai_addr, next->ai_addrlen) == 0 && ::listen(socket, kBacklog) == 0) {
      return socket;
    }
    why = std::strerror(errno);
    if (socket >= 0) ::close(socket);
  }
  return cannot_listen(address, why);
}

std::optional<std::string> header(MHD_Connection* connection, const char* name) {
  const char* value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

// What Content-Length says; 0 for none, and for what is no number, which the library has refused.
std::uint64_t announced_body(MHD_Connection* connection) {
  const std::string length = header(connection, MHD_HTTP_HEADER_CONTENT_LENGTH).value_or("0");
  std::uint64_t bytes = 0;
  const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), bytes);
  return error == std::errc::result_out_of_range ? UINT64_MAX : bytes;
}

HttpResponse body_too_large() {
  HttpResponse response;
  response.status = 413;
  response.body = "{\"error\":\"the body is too large\"}\n";
  return response;
}

std::string address_text(MHD_Connection* connection) {
  const MHD_ConnectionInfo* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  if (info == nullptr || info->client_addr == nullptr) return {};
  char text[NI_MAXHOST];
  const socklen_t size = info->client_addr->sa_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  if (::getnameinfo(info->client_addr, size, text, sizeof(text), nullptr, 0, NI_NUMERICHOST) != 0) return {};
  return text;
}

}  // namespace

// libmicrohttpd's daemon, driven by our thread, and what we remember of its connections.
class HttpServer::Engine {
 public:
  Engine(const Handler& handler, std::optional<HttpTls> tls) : handler_(handler), tls_(std::move(tls)) {}
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  ~Engine() {
    if (daemon_ != nullptr) MHD_stop_daemon(daemon_);
  }

  // Takes over the socket.
  [[nodiscard]] bool start(int socket) {
    std::vector<MHD_OptionItem> options{{MHD_OPTION_END, 0, nullptr}};
    unsigned flags = MHD_USE_EPOLL;
    if (tls_) {
      flags |= MHD_USE_TLS;
      // The library only reads them; a Secret ends in a zero as a string does.
      options = {{MHD_OPTION_HTTPS_MEM_CERT, 0, tls_->certificate.data()},
                 {MHD_OPTION_HTTPS_MEM_KEY, 0, const_cast<char*>(tls_->key.reveal().data())},
                 {MHD_OPTION_HTTPS_PRIORITIES, 0, const_cast<char*>(kPriorities)},
                 {MHD_OPTION_END, 0, nullptr}};
    }
    daemon_ = MHD_start_daemon(flags, 0, nullptr, nullptr, &Engine::on_request, this, MHD_OPTION_LISTEN_SOCKET, socket,
                               MHD_OPTION_CONNECTION_LIMIT, kMaxConnections, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                               kMaxHeader, MHD_OPTION_CONNECTION_TIMEOUT, static_cast<unsigned>(kMaxTime.count()),
                               MHD_OPTION_NOTIFY_COMPLETED, &Engine::on_completed, this, MHD_OPTION_NOTIFY_CONNECTION,
                               &Engine::on_connection, this, MHD_OPTION_ARRAY, options.data(), MHD_OPTION_END);
    return daemon_ != nullptr;
  }

  // Ends everything but the listening socket, which is the caller's then.
  [[nodiscard]] int give_socket() { return MHD_quiesce_daemon(daemon_); }

  void turn() {
    (void)MHD_run_wait(daemon_, static_cast<std::int32_t>(kTurn.count()));
    const core::TimePoint now = core::SteadyClock::now();
    for (const auto& [socket, since] : connections_) {
      // The library then sees the end of the connection, and closes it.
      if (now - since > kMaxTime) (void)::shutdown(socket, SHUT_RDWR);
    }
  }

 private:
  // A request of which more is to come.
  struct Upload {
    std::string body;
    bool too_large = false;
  };

  static void on_connection(void* self, MHD_Connection* connection, void** /*context*/,
                            MHD_ConnectionNotificationCode code) {
    const MHD_ConnectionInfo* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (info == nullptr) return;
    auto& connections = static_cast<Engine*>(self)->connections_;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
      connections[info->connect_fd] = core::SteadyClock::now();
    } else {
      connections.erase(info->connect_fd);
    }
  }

  static void on_completed(void* /*self*/, MHD_Connection* /*connection*/, void** request,
                           MHD_RequestTerminationCode /*code*/) {
    delete static_cast<Upload*>(*request);
    *request = nullptr;
  }

  static MHD_Result on_request(void* self, MHD_Connection* connection, const char* url, const char* method,
                               const char* /*version*/, const char* data, std::size_t* size, void** request) {
    // Nothing may be thrown through the library.
    try {
      return static_cast<Engine*>(self)->serve(connection, url, method, {data, *size}, size, request);
    } catch (const std::exception& exception) {
      core::log().error("internal fault in the administration's HTTP: {}", exception.what());
      return MHD_NO;
    }
  }

  MHD_Result serve(MHD_Connection* connection, const char* url, const char* method, std::string_view data,
                   std::size_t* size, void** request) {
    if (*request == nullptr) {
      // The headers have come; the body, if there is one, is told of in further calls.
      *request = new Upload();
      if (announced_body(connection) > kMaxBody) return answer(connection, body_too_large());
      return MHD_YES;
    }
    Upload& upload = *static_cast<Upload*>(*request);
    if (!data.empty()) {
      upload.too_large = upload.too_large || upload.body.size() + data.size() > kMaxBody;
      if (!upload.too_large) upload.body += data;
      *size = 0;
      return MHD_YES;
    }
    if (upload.too_large) return answer(connection, body_too_large());
    HttpRequest asked;
    asked.method = method;
    asked.path = url;
    asked.authorization = header(connection, MHD_HTTP_HEADER_AUTHORIZATION);
    asked.origin = header(connection, MHD_HTTP_HEADER_ORIGIN);
    asked.body = std::move(upload.body);
    asked.client_ip = address_text(connection);
    return answer(connection, handler_(asked));
  }

  static MHD_Result answer(MHD_Connection* connection, const HttpResponse& answer) {
    // The library copies the bytes, and only reads them.
    MHD_Response* response = MHD_create_response_from_buffer(answer.body.size(), const_cast<char*>(answer.body.data()),
                                                             MHD_RESPMEM_MUST_COPY);
    if (response == nullptr) return MHD_NO;
    const auto add = [response](const char* name, const char* value) {
      (void)MHD_add_response_header(response, name, value);
    };
    add(MHD_HTTP_HEADER_CONTENT_TYPE, answer.content_type.c_str());
    add(MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    add("X-Content-Type-Options", "nosniff");
    add("Content-Security-Policy", kContentPolicy);
    // One request each: a connection's time is then a request's.
    add(MHD_HTTP_HEADER_CONNECTION, "close");
    if (!answer.allow.empty()) add(MHD_HTTP_HEADER_ALLOW, answer.allow.c_str());
    if (!answer.challenge.empty()) add(MHD_HTTP_HEADER_WWW_AUTHENTICATE, answer.challenge.c_str());
    const MHD_Result queued = MHD_queue_response(connection, static_cast<unsigned>(answer.status), response);
    MHD_destroy_response(response);
    return queued;
  }

  const Handler& handler_;
  std::optional<HttpTls> tls_;
  MHD_Daemon* daemon_ = nullptr;
  // By socket: since when.
  std::map<int, core::TimePoint> connections_;
};

HttpServer::HttpServer(Handler handler) : handler_(std::move(handler)) {}

HttpServer::~HttpServer() {
  stop();
}

core::Status HttpServer::start(const config::ListenAddress& address, std::optional<HttpTls> tls) {
  auto socket = listen_on(address);
  if (!socket) return std::move(socket).error();
  engine_ = std::make_unique<Engine>(handler_, std::move(tls));
  if (!engine_->start(*socket)) {
    ::close(*socket);
    engine_.reset();
    return cannot_listen(address, "the HTTP library does not start");
  }
  thread_ = std::thread([this] { run(); });
  return {};
}

void HttpServer::renew(HttpTls tls) {
  const std::scoped_lock lock(mutex_);
  renewed_ = std::move(tls);
}

void HttpServer::run() {
  while (!stopping_.load(std::memory_order_relaxed)) {
    engine_->turn();
    std::optional<HttpTls> renewed;
    {
      const std::scoped_lock lock(mutex_);
      renewed = std::exchange(renewed_, std::nullopt);
    }
    if (!renewed) continue;
    const int socket = engine_->give_socket();
    engine_ = std::make_unique<Engine>(handler_, std::move(renewed));
    if (engine_->start(socket)) continue;
    ::close(socket);
    core::log().error("administration: HTTP has ended, the library does not take the new certificate");
    return;
  }
}

void HttpServer::stop() {
  stopping_.store(true, std::memory_order_relaxed);
  if (thread_.joinable()) thread_.join();
  engine_.reset();
}

}  // namespace sqlproxy::admin
