#include "app/proxy_process.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <iterator>
#include <sstream>
#include <thread>

#include "app/audit_setup.hpp"
#include "app/program_version.hpp"
#include "app/rate_rules.hpp"
#include "app/service_manager.hpp"
#include "app/snapshot_builder.hpp"
#include "config/load.hpp"
#include "config/reload.hpp"
#include "core/log.hpp"
#include "core/random.hpp"
#include "wire/scram_verifier.hpp"

namespace sqlproxy::app {
namespace {

constexpr std::chrono::milliseconds kDrainPoll{20};
// How long a stop waits for the database that keeps the audit too.
constexpr std::chrono::seconds kDeliveryPatience{5};

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The salts shown for users that do not exist must be the same after a restart, and on every node that clients may
// reach (protocol.md, 2.2.7). The TLS key is both and secret; without TLS the machine's id is at least stable.
core::Secret make_mock_secret(const config::Config& config) {
  std::string seed = config.server.tls.key.empty() ? "" : read_file(config.server.tls.key);
  if (seed.empty()) seed = read_file("/etc/machine-id");
  if (seed.empty()) {
    core::log().warn("no TLS key and no machine id: a restart will change what unknown users are shown");
    seed = core::random_string(32);
  }
  const core::Secret secret(std::move(seed));
  return wire::ScramVerifier::from_password(secret.reveal(), "sql-proxy mock authentication", 1).stored_key;
}

}  // namespace

ProxyProcess::ProxyProcess(std::filesystem::path config_path)
    : config_path_(std::move(config_path)),
      tasks_(control_.get_executor(), "control thread"),
      signals_(control_.get_executor(), SIGTERM, SIGINT, SIGHUP) {}

ProxyProcess::~ProxyProcess() = default;

core::Status ProxyProcess::prepare(std::shared_ptr<const config::Config> config) {
  auto trail = open_trail(*config, delivery_progress_);
  if (!trail) return std::move(trail).error();
  trail_ = *std::move(trail);
  auto snapshot = build_snapshot(config, catalogs_, verifiers_);
  if (!snapshot) return std::move(snapshot).error();
  snapshot_ = *std::move(snapshot);
  services_ = std::make_unique<frontend::Services>(*trail_);
  services_->audit_delivery = delivery_progress_;
  auto delivery = start_delivery(*config, *trail_, delivery_progress_);
  if (!delivery) return std::move(delivery).error();
  delivery_ = *std::move(delivery);
  services_->mock_secret = make_mock_secret(*config);
  services_->catalogs = &catalogs_;
  services_->rate_limits.use(rate_rules(*config), core::SteadyClock::now());
  services_->breakers.set_listener([this](const std::string& tenant, const std::string& database, auto state) {
    record_breaker(tenant, database, state);
  });

  const std::size_t threads =
      config->server.threads != 0 ? config->server.threads : std::max(1U, std::thread::hardware_concurrency());
  for (std::size_t i = 0; i < threads; ++i) {
    workers_.push_back(std::make_unique<frontend::Worker>(i, *services_, snapshot_));
  }
  administration_ = std::make_unique<admin::Administration>(*services_, process_control(),
                                                            "sql-proxy " + std::string(program_version()));
  std::vector<frontend::Worker*> workers;
  for (const auto& worker : workers_) workers.push_back(worker.get());
  administration_->attach(std::move(workers));
  if (auto started = administration_->start(snapshot_); !started) return started;
  return open_listeners(config->server);
}

core::Status ProxyProcess::open_listeners(const config::Server& server) {
  frontend::InheritedSockets inherited(sockets_of_service_manager());
  shares_sockets_ = server.so_reuseport || !inherited.left().empty();
  for (const config::ListenAddress& address : server.listen) {
    auto listener =
        std::make_unique<frontend::Listener>(control_.get_executor(), address, server.so_reuseport,
                                             [this](int socket, int family) { hand_to_worker(socket, family); });
    if (auto opened = listener->open(inherited); !opened) return opened;
    listeners_.push_back(std::move(listener));
  }
  for (const std::string& address : inherited.left()) {
    core::log().warn("the socket {} that the process was started with is none of server.listen", address);
  }
  return {};
}

void ProxyProcess::hand_to_worker(int socket, int family) {
  const auto least = std::ranges::min_element(workers_, {}, [](const auto& worker) { return worker->load(); });
  (*least)->adopt(socket, family);
}

void ProxyProcess::run() {
  for (const auto& worker : workers_) worker->start();
  tasks_.spawn(watch_signals());
  for (const auto& listener : listeners_) {
    listener->start(tasks_);
  }
  for (const config::ListenAddress& address : snapshot_->config->server.listen) {
    core::log().info("listening on {}", address.text());
  }
  core::log().info("ready: {} workers, policy {}", workers_.size(), snapshot_->policies->version());
  notify_ready();
  control_.run();
  // First, so that no login waits for a server that is away.
  verifiers_.stop();
  administration_->stop();
  for (const auto& worker : workers_) worker->join();
  services_->analyses.stop();
  services_->notifications.stop();
  catalogs_.stop();
  trail_->stop();
  if (delivery_) delivery_->finish(kDeliveryPatience);
  delivery_.reset();
  core::log().info("stopped");
}

net::Task<void> ProxyProcess::watch_signals() {
  while (!stopped_) {
    std::error_code error;
    const int signal = co_await signals_.async_wait(net::use_task(error));
    if (error) break;
    if (signal == SIGHUP) {
      (void)reload();
    } else if (signal == SIGTERM && !draining_) {
      draining_ = true;
      tasks_.spawn(drain());
    } else {
      core::log().info("stopping at once");
      stop();
    }
  }
}

net::Task<void> ProxyProcess::drain() {
  const std::chrono::milliseconds patience = snapshot_->config->server.drain_timeout;
  core::log().info("draining: {} clients, for at most {} ms", clients(), patience.count());
  notify_stopping();
  services_->has_successor.store(shares_sockets_, std::memory_order_relaxed);
  services_->draining.store(true, std::memory_order_relaxed);
  for (const auto& listener : listeners_) listener->stop();
  for (const auto& worker : workers_) worker->drain();
  const auto until = core::SteadyClock::now() + patience;
  while (!stopped_ && clients() != 0 && core::SteadyClock::now() < until) {
    net::Timer pause(control_.get_executor(), kDrainPoll);
    std::error_code ignored;
    co_await pause.async_wait(net::use_task(ignored));
  }
  if (clients() != 0) core::log().warn("drain timeout: ending {} clients", clients());
  stop();
}

void ProxyProcess::stop() {
  if (std::exchange(stopped_, true)) return;
  for (const auto& listener : listeners_) listener->stop();
  for (const auto& worker : workers_) worker->stop();
  std::error_code ignored;
  signals_.cancel(ignored);
}

std::size_t ProxyProcess::clients() const {
  std::size_t count = 0;
  for (const auto& worker : workers_) count += worker->load();
  return count;
}

core::Result<frontend::SnapshotPtr> ProxyProcess::load_anew() {
  const config::LoadResult loaded = config::load_config(config_path_);
  if (!loaded.config) {
    for (const config::Fault& fault : loaded.faults) core::log().error("{}", fault.text());
    const std::string first = loaded.faults.empty() ? "" : ": " + loaded.faults.front().text();
    return core::make_error(core::ErrorCode::invalid_input, core::sqlstate::kInternalError,
                            "the configuration file has faults" + first);
  }
  for (const config::Fault& rule : loaded.dead_rules) core::log().warn("{}", rule.text());
  for (const std::string& key : config::restart_needed(*snapshot_->config, *loaded.config)) {
    core::log().warn("reload: {} stays as it was, a change needs a restart", key);
  }
  auto snapshot = build_snapshot(loaded.config, catalogs_, verifiers_);
  // Last, because it takes effect at once.
  if (snapshot) {
    if (core::Status audited = reconfigure_audit(*loaded.config); !audited) return std::move(audited).error();
  }
  return snapshot;
}

core::Status ProxyProcess::reconfigure_audit(const config::Config& config) {
  const config::Config& old = *snapshot_->config;
  if (config.audit != old.audit) {
    audit::TrailChange change = trail_change(config, old.audit.file, delivery_progress_);
    if (core::Status changed = trail_->reconfigure(std::move(change)); !changed) return changed;
  }
  if (!same_delivery(config, old)) {
    delivery_.reset();
    auto delivery = start_delivery(config, *trail_, delivery_progress_);
    if (!delivery) return std::move(delivery).error();
    delivery_ = *std::move(delivery);
  } else if (delivery_) {
    delivery_->follow(config.audit.file.path);
  }
  return {};
}

admin::ProcessControl ProxyProcess::process_control() {
  admin::ProcessControl control;
  control.reload = [this](std::function<void(core::Status)> done) {
    asio::post(control_, [this, done = std::move(done)] { done(reload()); });
  };
  control.shut_down = [this](admin::ShutdownMode mode) { asio::post(control_, [this, mode] { shut_down(mode); }); };
  return control;
}

void ProxyProcess::shut_down(admin::ShutdownMode mode) {
  switch (mode) {
    case admin::ShutdownMode::immediate:
      core::log().info("stopping at once, as an administrator has asked");
      return stop();
    case admin::ShutdownMode::wait_for_servers:
      if (!std::exchange(draining_, true)) tasks_.spawn(drain());
      return;
    case admin::ShutdownMode::wait_for_clients:
      if (!draining_) tasks_.spawn(wait_for_clients());
      return;
  }
}

net::Task<void> ProxyProcess::wait_for_clients() {
  core::log().info("stopping when the last client has left, as an administrator has asked");
  services_->draining.store(true, std::memory_order_relaxed);
  for (const auto& listener : listeners_) listener->stop();
  // A signal may be more urgent meanwhile.
  while (!stopped_ && !draining_ && services_->client_count.load(std::memory_order_relaxed) != 0) {
    net::Timer pause(control_.get_executor(), kDrainPoll);
    std::error_code ignored;
    co_await pause.async_wait(net::use_task(ignored));
  }
  if (!draining_) stop();
}

core::Status ProxyProcess::reload() {
  notify_reloading();
  core::Status done = reload_now();
  notify_ready();
  return done;
}

core::Status ProxyProcess::reload_now() {
  // Rotation tools move the file away and send SIGHUP, whatever becomes of the configuration.
  trail_->reopen();
  const std::string old_version = snapshot_->policies->version();
  auto loaded = load_anew();
  if (!loaded) {
    core::log().error("reload refused, nothing has changed: {}", loaded.error().message);
    record_reload(old_version, &loaded.error());
    return std::move(loaded).error();
  }
  snapshot_ = *std::move(loaded);
  // First, so that the workers find them.
  services_->rate_limits.use(rate_rules(*snapshot_->config), core::SteadyClock::now());
  for (const auto& worker : workers_) worker->use(snapshot_);
  administration_->use(snapshot_);
  core::log().info("reloaded: policy {} is now {}", old_version, snapshot_->policies->version());
  record_reload(old_version, nullptr);
  return {};
}

void ProxyProcess::record_reload(const std::string& old_version, const core::Error* error) {
  audit::Event event;
  event.kind = audit::EventKind::reload;
  event.action = error == nullptr ? "policy " + old_version + " replaced" : "refused";
  event.policy_version = snapshot_->policies->version();
  event.status = error == nullptr ? audit::EventStatus::ok : audit::EventStatus::error;
  if (error != nullptr) event.error = audit::RedactedText::own(error->message);
  trail_->submit(std::move(event));
  administration_->note_reload(error == nullptr);
}

// From any thread.
void ProxyProcess::record_breaker(const std::string& tenant, const std::string& database,
                                  backend::CircuitBreaker::State state) {
  const std::string name(backend::name_of(state));
  core::log().warn("circuit breaker of tenant \"{}\" and database \"{}\" is {}", core::log_safe(tenant),
                   core::log_safe(database), name);
  auto facts = std::make_shared<audit::SessionFacts>();
  facts->tenant = tenant;
  facts->database = database;
  audit::Event event;
  event.kind = audit::EventKind::admin;
  event.session = std::move(facts);
  event.action = "circuit breaker " + name;
  event.status = audit::EventStatus::ok;
  trail_->submit(std::move(event));
}

}  // namespace sqlproxy::app
