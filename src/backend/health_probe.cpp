#include "backend/health_probe.hpp"

#include "backend/connection_parameters.hpp"
#include "backend/control_connection.hpp"

namespace sqlproxy::backend {

core::Result<core::Duration> probe_server(const ServerTarget& target, const std::string& ca_file,
                                          core::TimePoint deadline, const std::stop_token& stop) {
  const core::TimePoint started = core::SteadyClock::now();
  ControlConnection connection(stop);
  connection.set_deadline(deadline);
  const ConnectionParameters parameters = connection_parameters(target, ca_file, "sql-proxy health");
  if (auto opened = connection.open(parameters); !opened) return std::move(opened).error();
  auto answer = connection.query("SELECT 1");
  if (!answer) return std::move(answer).error();
  return std::chrono::duration_cast<core::Duration>(core::SteadyClock::now() - started);
}

}  // namespace sqlproxy::backend
