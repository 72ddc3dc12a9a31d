#include "backend/sender_names.hpp"

#include <functional>
#include <string>

namespace sqlproxy::backend {

std::uint64_t SenderNames::key(const ServerTarget& target, std::int32_t server_process) {
  const std::uint64_t server = std::hash<std::string>()(target.host) * 31 + target.port;
  return (server << 32U) ^ static_cast<std::uint32_t>(server_process);
}

void SenderNames::set(const ServerTarget& target, std::int32_t server_process, std::int32_t client) {
  const std::uint64_t process = key(target, server_process);
  Shard& of_process = shard(process);
  const std::scoped_lock lock(of_process.mutex);
  of_process.clients[process] = client;
}

void SenderNames::forget(const ServerTarget& target, std::int32_t server_process, std::int32_t client) {
  const std::uint64_t process = key(target, server_process);
  Shard& of_process = shard(process);
  const std::scoped_lock lock(of_process.mutex);
  const auto found = of_process.clients.find(process);
  if (found != of_process.clients.end() && found->second == client) of_process.clients.erase(found);
}

std::int32_t SenderNames::find(const ServerTarget& target, std::int32_t server_process) const {
  const std::uint64_t process = key(target, server_process);
  const Shard& of_process = shard(process);
  const std::scoped_lock lock(of_process.mutex);
  const auto found = of_process.clients.find(process);
  return found != of_process.clients.end() ? found->second : server_process;
}

}  // namespace sqlproxy::backend
