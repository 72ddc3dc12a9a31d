#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "admin/administration.hpp"
#include "audit/delivery.hpp"
#include "audit/trail.hpp"
#include "backend/catalog_service.hpp"
#include "backend/verifier_service.hpp"
#include "config/config.hpp"
#include "core/result.hpp"
#include "frontend/listener.hpp"
#include "frontend/services.hpp"
#include "frontend/snapshot.hpp"
#include "frontend/worker.hpp"
#include "net/asio.hpp"

namespace sqlproxy::app {

// The composition root of `serve`: owns everything, in the order in which it may be taken down, and reacts to signals
// on the control thread, which is the one that calls run().
class ProxyProcess {
 public:
  explicit ProxyProcess(std::filesystem::path config_path);
  ProxyProcess(const ProxyProcess&) = delete;
  ProxyProcess& operator=(const ProxyProcess&) = delete;
  ~ProxyProcess();

  // Opens the audit trail, compiles the configuration, binds the listeners. Nothing is served yet.
  [[nodiscard]] core::Status prepare(std::shared_ptr<const config::Config> config);
  // Serves until a signal ends it and everything is written and closed.
  void run();

  // The control thread. Reads the configuration anew and applies the whole of it, or nothing and returns why.
  core::Status reload();

 private:
  [[nodiscard]] net::Task<void> watch_signals();
  [[nodiscard]] net::Task<void> drain();
  // What administrators may ask for, from any thread.
  [[nodiscard]] admin::ProcessControl process_control();
  void shut_down(admin::ShutdownMode mode);
  // SHUTDOWN WAIT_FOR_CLIENTS: takes no new clients, and ends when those that are there have left.
  [[nodiscard]] net::Task<void> wait_for_clients();
  [[nodiscard]] core::Status reload_now();
  [[nodiscard]] core::Status open_listeners(const config::Server& server);
  [[nodiscard]] core::Result<frontend::SnapshotPtr> load_anew();
  [[nodiscard]] core::Status reconfigure_audit(const config::Config& config);
  void stop();
  void record_reload(const std::string& old_version, const core::Error* error);
  void record_breaker(const std::string& tenant, const std::string& database, backend::CircuitBreaker::State state);
  [[nodiscard]] std::size_t clients() const;
  void hand_to_worker(int socket, int family);

  std::filesystem::path config_path_;
  asio::io_context control_{1};
  std::shared_ptr<audit::DeliveryProgress> delivery_progress_ = std::make_shared<audit::DeliveryProgress>();
  std::unique_ptr<audit::Trail> trail_;
  // Null: [audit.database] is not enabled.
  std::unique_ptr<audit::Delivery> delivery_;
  backend::CatalogService catalogs_;
  backend::VerifierService verifiers_;
  frontend::SnapshotPtr snapshot_;
  std::unique_ptr<frontend::Services> services_;
  std::vector<std::unique_ptr<frontend::Worker>> workers_;
  std::vector<std::unique_ptr<frontend::Listener>> listeners_;
  std::unique_ptr<admin::Administration> administration_;
  net::TaskGroup tasks_;
  asio::basic_signal_set<net::Executor> signals_;
  // Others listen on the same sockets or addresses.
  bool shares_sockets_ = false;
  bool draining_ = false;
  bool stopped_ = false;
};

}  // namespace sqlproxy::app
