#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "admin/admin_context.hpp"
#include "admin/console.hpp"
#include "admin/health_monitor.hpp"
#include "admin/http_api.hpp"
#include "admin/http_server.hpp"
#include "admin/http_tls.hpp"
#include "admin/metrics_page.hpp"
#include "core/result.hpp"
#include "frontend/snapshot.hpp"

namespace sqlproxy::admin {

// Everything that administrators see and do: the console, the metrics, HTTP. Owned by the composition root.
//
// Life cycle: made before the workers run, which are told of the console by attach(); start(); stop() after the workers
// have ended. Functions without a note belong to the control thread.
class Administration {
 public:
  // `services` outlives it.
  Administration(frontend::Services& services, ProcessControl control, std::string version);
  Administration(const Administration&) = delete;
  Administration& operator=(const Administration&) = delete;
  ~Administration();

  // Before the workers run. They outlive it.
  void attach(std::vector<frontend::Worker*> workers);
  // Begins to listen, if the configuration says where, and to keep statistics.
  [[nodiscard]] core::Status start(const frontend::SnapshotPtr& snapshot);
  // A reload has brought a newer configuration; the address stays what it was.
  void use(frontend::SnapshotPtr snapshot);
  void note_reload(bool accepted);
  // Idempotent.
  void stop();

  // Any thread.
  [[nodiscard]] frontend::SnapshotPtr snapshot() const;

 private:
  [[nodiscard]] core::Status start_http(const config::Admin& admin);
  // After a reload, when the files have changed.
  void renew_certificate(const config::Admin& admin);
  [[nodiscard]] bool stopping() const;
  // Takes stamps for the averages until stop().
  void keep_statistics();

  AdminContext context_;
  ReloadStats reloads_;
  Console console_;
  MetricsPage metrics_;
  mutable std::mutex mutex_;
  frontend::SnapshotPtr snapshot_;
  std::condition_variable stop_changed_;
  bool stopping_ = false;
  std::thread statistics_;
  // Only where the configuration says where to listen.
  std::unique_ptr<HealthMonitor> health_;
  std::unique_ptr<HttpApi> api_;
  std::unique_ptr<HttpServer> http_;
  std::optional<HttpTls> http_tls_;
};

}  // namespace sqlproxy::admin
