#include "tests/support/backend/fake_server.hpp"

#include <algorithm>
#include <array>
#include <future>

#include "net/message_reader.hpp"
#include "wire/message_type.hpp"
#include "wire/message_writer.hpp"
#include "wire/messages/authentication.hpp"
#include "wire/messages/backend_key_data.hpp"
#include "wire/messages/command_complete.hpp"
#include "wire/messages/parameter_status.hpp"
#include "wire/messages/query.hpp"
#include "wire/messages/ready_for_query.hpp"
#include "wire/messages/severity.hpp"

namespace sqlproxy::test {
namespace {

constexpr std::uint32_t kMaxMessage = 64 * 1024;

}  // namespace

struct FakeServer::Session {
  explicit Session(net::Stream accepted) : stream(std::move(accepted)) {}

  net::Stream stream;
  std::int32_t process_id = 0;
};

FakeServer::FakeServer() : work_(asio::make_work_guard(io_)), tasks_(io_.get_executor(), "fake server") {
  open_acceptor();
  tasks_.spawn(accept());
  thread_ = std::thread([this] { io_.run(); });
}

FakeServer::~FakeServer() {
  hold_logins_ = hold_answers_ = false;
  stop_listening();
  std::size_t running = 1;
  while (running != 0) {
    break_connections();
    run_on_thread([&] { running = tasks_.running(); });
  }
  work_.reset();
  thread_.join();
}

void FakeServer::run_on_thread(const std::function<void()>& task) {
  std::promise<void> done;
  asio::post(io_, [&] {
    task();
    done.set_value();
  });
  done.get_future().wait();
}

void FakeServer::open_acceptor() {
  acceptor_ =
      std::make_unique<Acceptor>(io_.get_executor(), asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), port_));
  port_ = acceptor_->local_endpoint().port();
}

void FakeServer::listen() {
  run_on_thread([this] {
    open_acceptor();
    tasks_.spawn(accept());
  });
}

void FakeServer::stop_listening() {
  run_on_thread([this] { acceptor_.reset(); });
}

void FakeServer::refuse_with(std::optional<core::Error> error) {
  const std::scoped_lock lock(mutex_);
  refusal_ = std::move(error);
}

void FakeServer::break_connections() {
  run_on_thread([this] {
    for (auto& [process_id, session] : sessions_) session->stream.cancel();
  });
}

std::vector<std::string> FakeServer::queries() const {
  const std::scoped_lock lock(mutex_);
  return queries_;
}

net::Task<void> FakeServer::accept() {
  while (acceptor_) {
    net::Stream::Socket socket(io_.get_executor());
    std::error_code error;
    asio::basic_stream_socket<asio::ip::tcp, net::Executor> accepted(io_.get_executor());
    co_await acceptor_->async_accept(accepted, net::use_task(error));
    if (error) co_return;
    ++accepted_;
    most_open_ = std::max<int>(most_open_, ++open_);
    auto session = std::make_shared<Session>(net::Stream(std::move(accepted)));
    session->process_id = next_process_id_++;
    sessions_[session->process_id] = session;
    tasks_.spawn(serve(session), [this, id = session->process_id] {
      sessions_.erase(id);
      --open_;
    });
  }
}

net::Task<void> FakeServer::wait_while(const std::atomic<bool>& held) {
  while (held) {
    net::Timer pause(io_.get_executor(), std::chrono::milliseconds(1));
    std::error_code ignored;
    co_await pause.async_wait(net::use_task(ignored));
  }
}

net::Task<bool> FakeServer::log_in(Session& session) {
  std::array<char, 4> size{};
  if (!(co_await session.stream.read_exactly(size)).ok()) co_return false;
  std::string startup(static_cast<unsigned char>(size[2]) * 256U + static_cast<unsigned char>(size[3]) - 4U, '\0');
  if (!(co_await session.stream.read_exactly(startup)).ok()) co_return false;
  co_await wait_while(hold_logins_);
  std::optional<core::Error> refusal;
  {
    const std::scoped_lock lock(mutex_);
    refusal = refusal_;
  }
  std::string out;
  if (refusal) {
    wire::append_error(out, wire::Severity::fatal, *refusal);
  } else {
    (void)wire::Authentication::ok().encode(out);
    (void)wire::ParameterStatus{"client_encoding", "UTF8"}.encode(out);
    wire::BackendKeyData{session.process_id, "1234"}.encode(out);
    wire::ReadyForQuery{wire::TransactionStatus::idle}.encode(out);
  }
  co_return (co_await session.stream.write_all(out)).ok() && !refusal;
}

net::Task<bool> FakeServer::answer_query(Session& session, std::string_view text) {
  {
    const std::scoped_lock lock(mutex_);
    queries_.emplace_back(text);
  }
  co_await wait_while(hold_answers_);
  std::string out;
  if (text.empty()) {
    wire::append_message(out, wire::BackendType::EmptyQueryResponse);
  } else {
    wire::CommandComplete complete;
    complete.tag = "SELECT 0";
    (void)complete.encode(out);
  }
  wire::ReadyForQuery{wire::TransactionStatus::idle}.encode(out);
  co_return (co_await session.stream.write_all(out)).ok();
}

net::Task<void> FakeServer::serve(std::shared_ptr<Session> session) {
  if (!co_await log_in(*session)) co_return;
  net::InputBuffer buffer;
  net::MessageReader reader(session->stream, buffer);
  for (;;) {
    const auto message = co_await reader.next(kMaxMessage);
    if (!message || static_cast<wire::FrontendType>(message->type) == wire::FrontendType::Terminate) co_return;
    const auto query = wire::Query::decode(message->body);
    if (!query || !co_await answer_query(*session, query->text)) co_return;
  }
}

}  // namespace sqlproxy::test
