// A session of the SQL console: logged in like any other, and then in the hands of the ConsoleHost.

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "core/log.hpp"
#include "frontend/client_session.hpp"
#include "frontend/worker.hpp"
#include "wire/messages/authentication.hpp"
#include "wire/messages/backend_key_data.hpp"
#include "wire/messages/parameter_status.hpp"
#include "wire/messages/ready_for_query.hpp"

namespace sqlproxy::frontend {
namespace {

constexpr std::size_t kCancelKeySize = 4;

core::Error not_an_administrator(const std::string& database) {
  return core::make_error(core::ErrorCode::denied, core::sqlstate::kInsufficientPrivilege,
                          "permission denied for database \"" + database + "\"",
                          "This is the administration console of the proxy.",
                          "Users of the console are listed in admin.console_users.");
}

}  // namespace

net::Task<std::optional<core::Error>> ClientSession::enter_console(const wire::StartupMessage& message) {
  Services& services = worker_.services();
  // The newest configuration says who may, not the one at the beginning of the login.
  const auto& users = worker_.snapshot()->config->admin.console_users;
  if (services.console == nullptr || std::ranges::find(users, message.user) == users.end()) {
    const core::Error refused = not_an_administrator(message.database);
    record_connection(audit::EventKind::auth_failure, &refused);
    co_return refused;
  }
  process_id_ = services.cancels.unused_process_id(static_cast<std::int32_t>(id_ & 0x7fff'ffff));
  cancel_key_ = services.cancels.issue(
      process_id_, kCancelKeySize,
      [&worker = worker_, id = id_](std::function<void()> done) { worker.cancel_session(id, std::move(done)); });
  console_ = std::make_unique<ConsoleClient>(stream_, input_, worker_.executor(), worker_.deadlines());
  console_->id = id_;
  console_->process_id = process_id_;
  console_->facts = facts_;
  console_->requested_at = core::wall_now();
  console_->snapshot = [&worker = worker_] { return worker.snapshot(); };
  record_connection(audit::EventKind::connect, nullptr);

  std::string out;
  if (auto encoded = wire::Authentication::ok().encode(out); !encoded) co_return std::move(encoded).error();
  for (const auto& [name, value] : services.console->parameters()) {
    if (auto encoded = wire::ParameterStatus{name, value}.encode(out); !encoded) co_return std::move(encoded).error();
  }
  wire::BackendKeyData{process_id_, cancel_key_}.encode(out);
  wire::ReadyForQuery{wire::TransactionStatus::idle}.encode(out);
  (void)co_await stream_.write_all(out);
  co_return std::nullopt;
}

net::Task<void> ClientSession::serve_console() {
  try {
    co_await worker_.services().console->serve(*console_);
  } catch (const std::exception& exception) {
    core::log().error("internal fault in a console session: {}", exception.what());
  }
  if (console_->ending) {
    co_await send_fatal(core::make_error(core::ErrorCode::unavailable, core::sqlstate::kAdminShutdown,
                                         "terminating connection due to administrator command"));
  }
  worker_.services().cancels.revoke(process_id_, cancel_key_);
  record_connection(audit::EventKind::disconnect, nullptr);
}

void ClientSession::end_console() {
  console_->ending = true;
  console_->changed.notify_all();
  stream_.cancel();
}

}  // namespace sqlproxy::frontend
