// A login's place among the clients: how many there may be, of whom and from where, and how fast they may come.

#include <sys/socket.h>

#include <algorithm>

#include "frontend/client_session.hpp"
#include "frontend/worker.hpp"

namespace sqlproxy::frontend {
namespace {

using core::ErrorCode;
namespace sqlstate = core::sqlstate;

// Of the administration console, those included that have not proved yet who they are.
constexpr std::size_t kMaxConsoleClients = 50;

core::Error too_many(std::string message) {
  return core::make_error(ErrorCode::limit_exceeded, sqlstate::kTooManyConnections, std::move(message));
}

// Whoever has one IPv6 address has as a rule all of its /64 network.
std::string countable_address(const std::string& address) {
  std::error_code error;
  const auto parsed = asio::ip::make_address(address, error);
  if (error || parsed.is_v4()) return address;
  auto bytes = parsed.to_v6().to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), std::uint8_t{0});
  return asio::ip::address_v6(bytes).to_string() + "/64";
}

// By address, tenant and user.
constexpr std::size_t kSeats = 3;

}  // namespace

std::optional<core::Error> ClientSession::take_seat(const std::string& database) {
  Services& services = worker_.services();
  const config::Server& server = snapshot_->config->server;
  const bool to_console = is_console_database(database);
  (to_console ? counted_console_ : counted_) = true;
  // An administrator gets in when there are too many clients, and just then.
  std::atomic<std::size_t>& count = to_console ? services.console_count : services.client_count;
  if (count.fetch_add(1, std::memory_order_relaxed) >= (to_console ? kMaxConsoleClients : server.max_clients)) {
    return too_many("sorry, too many clients already");
  }
  // Nothing comes from far through a Unix socket.
  if (facts_->client_ip.empty()) return std::nullopt;
  const std::string address = countable_address(facts_->client_ip);
  if (auto refused = services.rate_limits.admit_login(address, core::SteadyClock::now())) return refused->error();
  seats_.reserve(kSeats);
  auto seat = services.client_limits.take(ClientLimits::By::address, address, server.max_clients_per_address);
  if (!seat) return too_many("too many connections from address \"" + facts_->client_ip + "\"");
  seats_.push_back(*std::move(seat));
  return std::nullopt;
}

std::optional<core::Error> ClientSession::take_own_seats(const std::string& database) {
  const config::Config& config = *snapshot_->config;
  std::optional<std::size_t> max_of_tenant;
  if (const auto found = config.tenants.find(subject_.tenant); found != config.tenants.end()) {
    max_of_tenant = found->second.max_clients;
    const std::vector<std::string>& own = found->second.databases;
    // Said of names that no database has as well, so that a tenant does not learn of those of others.
    if (!own.empty() && std::ranges::find(own, database) == own.end() && std::ranges::find(own, "*") == own.end()) {
      return core::make_error(ErrorCode::denied, sqlstate::kInsufficientPrivilege,
                              "permission denied for database \"" + database + "\"",
                              "It is none of the databases of the user's tenant.");
    }
  }
  ClientLimits& limits = worker_.services().client_limits;
  seats_.reserve(kSeats);
  auto seat = limits.take(ClientLimits::By::tenant, subject_.tenant, max_of_tenant);
  if (!seat) return too_many("too many connections for tenant \"" + subject_.tenant + "\"");
  seats_.push_back(*std::move(seat));
  seat = limits.take(ClientLimits::By::user, subject_.user, config.server.max_clients_per_user);
  if (!seat) return too_many("too many connections for role \"" + subject_.user + "\"");
  seats_.push_back(*std::move(seat));
  return std::nullopt;
}

}  // namespace sqlproxy::frontend
