#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "admin/admin_context.hpp"
#include "admin/console_command.hpp"
#include "admin/health_monitor.hpp"
#include "admin/http_message.hpp"
#include "admin/http_routes.hpp"
#include "admin/metrics_page.hpp"

namespace sqlproxy::admin {

// Answers the requests of HttpServer. Whoever asks for more than whether the proxy lives has to have the token; what is
// done with it is audited. Used by the server's thread alone.
class HttpApi {
 public:
  // All outlive it. `stopping` says that nobody waits for an answer any more.
  HttpApi(AdminContext& context, MetricsPage& metrics, HealthMonitor& health,
          std::function<frontend::SnapshotPtr()> snapshot, std::function<bool()> stopping)
      : context_(context),
        metrics_(metrics),
        health_(health),
        snapshot_(std::move(snapshot)),
        stopping_(std::move(stopping)) {}

  [[nodiscard]] HttpResponse handle(const HttpRequest& request);

 private:
  [[nodiscard]] HttpResponse dispatch(const HttpRouteMatch& match, const HttpRequest& request);
  // Why a database cannot be reached may tell of its network and users.
  enum class Detail { states, faults };
  [[nodiscard]] HttpResponse health(Detail detail);
  [[nodiscard]] HttpResponse ready();
  [[nodiscard]] HttpResponse pools();
  [[nodiscard]] HttpResponse table(Topic topic, std::string_view name);
  [[nodiscard]] HttpResponse reload();
  [[nodiscard]] HttpResponse end_client(std::uint64_t id);
  [[nodiscard]] HttpResponse refuse_token(HttpRoute route, const HttpRequest& request);
  void audit(const HttpRequest& request, std::string_view action, const HttpResponse& response);

  AdminContext& context_;
  MetricsPage& metrics_;
  HealthMonitor& health_;
  std::function<frontend::SnapshotPtr()> snapshot_;
  std::function<bool()> stopping_;
  core::TimePoint last_refusal_;
};

}  // namespace sqlproxy::admin
