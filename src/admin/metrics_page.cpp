#include "admin/metrics_page.hpp"

#include <map>
#include <tuple>
#include <utility>

#include "admin/metrics_text.hpp"
#include "admin/process_stats.hpp"
#include "admin/worker_survey.hpp"
#include "audit/delivery_progress.hpp"
#include "audit/trail.hpp"
#include "frontend/pin.hpp"
#include "pipeline/statement_type.hpp"

namespace sqlproxy::admin {
namespace {

using frontend::StatementMeter;
using Type = MetricsText::Type;

constexpr Type kCounter = Type::counter;
constexpr Type kGauge = Type::gauge;

std::string_view name_of(pipeline::Decision decision) {
  switch (decision) {
    case pipeline::Decision::allow: return "allow";
    case pipeline::Decision::deny: return "deny";
    case pipeline::Decision::observe: return "observe";
  }
  return "deny";
}

// --- Counted by the workers as they go ---

using Workers = std::vector<frontend::Worker*>;

void write_statements(MetricsText& out, const Workers& workers) {
  using Counts = std::array<std::array<std::uint64_t, StatementMeter::kDecisions>, StatementMeter::kTypes>;
  std::map<std::pair<std::string, std::string>, Counts> users;
  for (frontend::Worker* worker : workers) {
    worker->metrics().for_each_user(
        [&](const std::string& database, const std::string& user, const StatementMeter& meter) {
          Counts& counts = users[{database, user}];
          for (std::size_t type = 0; type < StatementMeter::kTypes; ++type) {
            for (std::size_t decision = 0; decision < StatementMeter::kDecisions; ++decision) {
              counts[type][decision] +=
                  meter.value(static_cast<pipeline::StatementType>(type), static_cast<pipeline::Decision>(decision));
            }
          }
        });
  }
  out.begin("sql_proxy_statements_total", kCounter, "Statements by what they do and what the policy said of them.");
  for (const auto& [labels, counts] : users) {
    for (std::size_t type = 0; type < StatementMeter::kTypes; ++type) {
      for (std::size_t decision = 0; decision < StatementMeter::kDecisions; ++decision) {
        if (counts[type][decision] == 0) continue;
        out.sample({{"database", labels.first},
                    {"user", labels.second},
                    {"type", pipeline::to_string(static_cast<pipeline::StatementType>(type))},
                    {"decision", name_of(static_cast<pipeline::Decision>(decision))}},
                   counts[type][decision]);
      }
    }
  }
}

void write_durations(MetricsText& out, const Workers& workers) {
  core::DurationHistogram::Values queue;
  core::DurationHistogram::Values pipeline;
  core::DurationHistogram::Values backend;
  core::DurationHistogram::Values waits;
  for (frontend::Worker* worker : workers) {
    const frontend::StageMeter& stages = worker->metrics().stages;
    queue += stages.queue.values();
    pipeline += stages.pipeline.values();
    backend += stages.backend.values();
    waits += worker->metrics().pool_waits.values();
  }
  out.begin("sql_proxy_statement_seconds", Type::histogram,
            "Where the time of statements goes: waiting for a server connection, in the proxy, at the server.");
  out.sample({{"stage", "queue"}}, queue);
  out.sample({{"stage", "pipeline"}}, pipeline);
  out.sample({{"stage", "backend"}}, backend);
  out.begin("sql_proxy_pool_wait_seconds", Type::histogram,
            "Waits for server connections, of logins and of transactions that found none at hand.");
  out.sample({}, waits);
}

void write_logins_and_pins(MetricsText& out, const Workers& workers, const frontend::WorkerSummary& summary) {
  out.begin("sql_proxy_logins_total", kCounter, "Logins of clients by how they ended.");
  for (std::size_t i = 0; i < frontend::kLoginOutcomes; ++i) {
    std::uint64_t count = 0;
    for (frontend::Worker* worker : workers) count += worker->metrics().logins[i].value();
    out.sample({{"outcome", frontend::name_of(static_cast<frontend::LoginOutcome>(i))}}, count);
  }
  out.begin("sql_proxy_pins_total", kCounter,
            "How often a client had to keep its server connection beyond a transaction, by what it had made there.");
  for (std::size_t i = 0; i < frontend::kPins; ++i) {
    std::uint64_t count = 0;
    for (frontend::Worker* worker : workers) count += worker->metrics().pins[i].value();
    out.sample({{"reason", frontend::name_of(static_cast<frontend::Pin>(1U << i))}}, count);
  }
  out.begin("sql_proxy_pinned_clients", kGauge, "Clients that keep their server connection now, by reason.");
  for (std::size_t i = 0; i < frontend::kPins; ++i) {
    out.sample({{"reason", frontend::name_of(static_cast<frontend::Pin>(1U << i))}}, std::uint64_t{summary.pinned[i]});
  }
}

struct DatabaseFamily {
  std::string_view name;
  std::string_view help;
  Stat stat;
};

void write_databases(MetricsText& out, const DatabaseStats& stats) {
  static constexpr DatabaseFamily kFamilies[] = {
      {"sql_proxy_transactions_total", "Transactions that have ended.", Stat::xact_count},
      {"sql_proxy_received_bytes_total", "Bytes from clients, without TLS.", Stat::bytes_received},
      {"sql_proxy_sent_bytes_total", "Bytes to clients, without TLS.", Stat::bytes_sent},
      {"sql_proxy_server_assignments_total", "Leases of server connections.", Stat::server_assignment_count},
      {"sql_proxy_client_parses_total", "Parse messages from clients.", Stat::client_parse_count},
      {"sql_proxy_server_parses_total", "Parse messages that servers have answered.", Stat::server_parse_count},
      {"sql_proxy_binds_total", "Bind messages from clients.", Stat::bind_count},
      {"sql_proxy_client_logins_total", "Logins of clients to a database.", Stat::client_login_count},
  };
  static constexpr DatabaseFamily kTimes[] = {
      {"sql_proxy_transaction_seconds_total", "Time that transactions took.", Stat::xact_time},
      {"sql_proxy_server_seconds_total", "Time that servers took for statements.", Stat::query_time},
      {"sql_proxy_client_wait_seconds_total", "Time that clients waited for server connections.", Stat::wait_time},
  };
  for (const DatabaseFamily& family : kFamilies) {
    out.begin(family.name, kCounter, family.help);
    for (const auto& [database, values] : stats) {
      out.sample({{"database", database}}, values[static_cast<std::size_t>(family.stat)]);
    }
  }
  for (const DatabaseFamily& family : kTimes) {
    out.begin(family.name, kCounter, family.help);
    for (const auto& [database, values] : stats) {
      out.sample({{"database", database}}, static_cast<double>(values[static_cast<std::size_t>(family.stat)]) / 1e6);
    }
  }
}

// --- As it is now ---

void write_clients(MetricsText& out, const frontend::WorkerSummary& summary) {
  out.begin("sql_proxy_clients", kGauge, "Connected clients by state.");
  for (std::size_t i = 0; i < frontend::kClientStates; ++i) {
    out.sample({{"state", frontend::name_of(static_cast<frontend::ClientState>(i))}},
               std::uint64_t{summary.clients[i]});
  }
}

using TenantDatabase = std::pair<std::string, std::string>;

// Of tenant and database; pools of several server users are one.
struct PoolNumbers {
  std::array<std::uint64_t, 5> servers{};
  std::uint64_t opening = 0;
  std::uint64_t waiting = 0;
};

std::map<TenantDatabase, PoolNumbers> pool_numbers(const frontend::WorkerSummary& summary, const ProxyView& view) {
  std::map<TenantDatabase, PoolNumbers> pools;
  for (const auto& [name, database] : view.snapshot->config->databases) {
    if (name != "*") pools[{"default", name}];
  }
  for (const auto& [key, counts] : view.pools) {
    PoolNumbers& numbers = pools[{key.tenant, key.database}];
    numbers.opening += counts.opening;
    numbers.waiting += counts.waiting;
  }
  for (const auto& [key, counts] : summary.servers) {
    PoolNumbers& numbers = pools[{key.tenant, key.database}];
    for (std::size_t i = 0; i < counts.size(); ++i) numbers.servers[i] += counts[i];
  }
  return pools;
}

void write_pools(MetricsText& out, const std::map<TenantDatabase, PoolNumbers>& pools) {
  out.begin("sql_proxy_pool_connections", kGauge, "Server connections by state.");
  for (const auto& [labels, numbers] : pools) {
    for (std::size_t i = 0; i < numbers.servers.size(); ++i) {
      const auto state = static_cast<backend::ServerReport::State>(i);
      out.sample({{"tenant", labels.first}, {"database", labels.second}, {"state", backend::name_of(state)}},
                 numbers.servers[i]);
    }
    out.sample({{"tenant", labels.first}, {"database", labels.second}, {"state", "login"}}, numbers.opening);
  }
  out.begin("sql_proxy_pool_waiting_clients", kGauge, "Clients in the queue for a server connection.");
  for (const auto& [labels, numbers] : pools) {
    out.sample({{"tenant", labels.first}, {"database", labels.second}}, numbers.waiting);
  }
}

std::uint64_t state_number(backend::CircuitBreaker::State state) {
  switch (state) {
    case backend::CircuitBreaker::State::closed: return 0;
    case backend::CircuitBreaker::State::half_open: return 1;
    case backend::CircuitBreaker::State::open: return 2;
  }
  return 0;
}

// Pools without a breaker are shown as closed ones.
void write_breakers(MetricsText& out, const frontend::Services& services,
                    const std::map<TenantDatabase, PoolNumbers>& pools) {
  std::map<TenantDatabase, backend::CircuitBreaker::Status> breakers;
  for (const auto& [labels, numbers] : pools) breakers[labels] = {};
  for (const auto& entry : services.breakers.snapshot(core::SteadyClock::now())) {
    breakers[{entry.tenant, entry.database}] = entry.status;
  }
  out.begin("sql_proxy_circuit_breaker_state", kGauge, "0 closed, 1 half-open, 2 open.");
  for (const auto& [labels, status] : breakers) {
    out.sample({{"tenant", labels.first}, {"database", labels.second}}, state_number(status.state));
  }
  out.begin("sql_proxy_circuit_breaker_opened_total", kCounter, "How often a breaker has opened.");
  for (const auto& [labels, status] : breakers) {
    out.sample({{"tenant", labels.first}, {"database", labels.second}}, status.opened);
  }
}

void write_limits(MetricsText& out, const frontend::Services& services) {
  out.begin("sql_proxy_rate_limited_total", kCounter, "Statements and logins that a rate limit has refused, by level.");
  for (std::size_t i = 0; i < pipeline::kLimitLevels; ++i) {
    const auto level = static_cast<pipeline::LimitLevel>(i);
    out.sample({{"level", pipeline::name_of(level)}}, services.rate_limits.refused(level));
  }
  out.begin("sql_proxy_in_flight", kGauge, "Of databases with max_in_flight: queries that run, and that wait to run.");
  for (const auto& entry : services.in_flight.counts()) {
    out.sample({{"database", entry.database}, {"state", "running"}}, std::uint64_t{entry.counts.running});
    out.sample({{"database", entry.database}, {"state", "waiting"}}, std::uint64_t{entry.counts.waiting});
  }
}

void write_caches(MetricsText& out, const frontend::WorkerSummary& summary, frontend::Services& services) {
  out.single("sql_proxy_parse_cache_hits_total", kCounter, "Texts that were found analysed.", summary.parse_cache_hits);
  out.single("sql_proxy_parse_cache_misses_total", kCounter, "Texts that had to be parsed.",
             summary.parse_cache_misses);
  out.single("sql_proxy_parse_cache_entries", kGauge, "Analyses kept.", std::uint64_t{summary.parse_cache_entries});
  out.single("sql_proxy_parse_cache_bytes", kGauge, "Memory of the parse caches, estimated.",
             std::uint64_t{summary.parse_cache_bytes});
  out.single("sql_proxy_shared_statements", kGauge, "Prepared statements that clients share.",
             std::uint64_t{services.statements.size()});
  out.begin("sql_proxy_server_logins_total", kCounter, "Logins of the proxy to servers.");
  out.sample({{"outcome", "ok"}}, summary.server_logins);
  out.sample({{"outcome", "failed"}}, summary.failed_server_logins);
}

void write_audit(MetricsText& out, const audit::TrailStats& stats) {
  out.single("sql_proxy_audit_events_total", kCounter, "Audit events that are stored.", stats.events);
  out.single("sql_proxy_audit_dropped_total", kCounter, "Audit events that are lost.", stats.dropped);
  out.single("sql_proxy_audit_bytes_total", kCounter, "Bytes of the audit that are stored.", stats.bytes);
  out.single("sql_proxy_audit_queue_depth", kGauge, "Audit events that wait to be stored.",
             std::uint64_t{stats.queue_depth});
  out.single("sql_proxy_audit_failing", kGauge, "1 while the last attempt to store the audit has failed.",
             std::uint64_t{stats.failing});
}

void write_audit_delivery(MetricsText& out, const audit::DeliveryProgress::Numbers& numbers, std::uint64_t stored) {
  if (!numbers.enabled) return;
  out.single("sql_proxy_audit_database_events_total", kCounter, "Audit events that were delivered to the database.",
             numbers.delivered);
  out.single("sql_proxy_audit_database_refused_total", kCounter, "Lines of the audit that the database does not take.",
             numbers.refused);
  out.single("sql_proxy_audit_database_missing_total", kCounter,
             "Audit events that were in no file any more when it was their turn.", numbers.missing);
  out.single("sql_proxy_audit_database_lag_events", kGauge, "Audit events that the database does not have yet.",
             stored > numbers.sequence ? stored - numbers.sequence : 0);
  out.single("sql_proxy_audit_database_failing", kGauge, "1 while the last attempt to deliver events has failed.",
             std::uint64_t{numbers.failing});
}

void write_process(MetricsText& out, const ProxyView& view, const ReloadStats& reloads, std::size_t workers) {
  out.begin("sql_proxy_reloads_total", kCounter, "Reloads of the configuration by outcome.");
  out.sample({{"outcome", "ok"}}, reloads.accepted.load(std::memory_order_relaxed));
  out.sample({{"outcome", "refused"}}, reloads.refused.load(std::memory_order_relaxed));
  out.single("sql_proxy_config_last_reload_success_timestamp_seconds", kGauge,
             "When the configuration in force was loaded.",
             static_cast<double>(reloads.last_accepted.load(std::memory_order_relaxed)));
  out.begin("sql_proxy_build_info", kGauge, "1; the labels say what runs.");
  out.sample({{"version", view.version}, {"policy_version", view.snapshot->policies->version()}}, std::uint64_t{1});
  out.single("sql_proxy_workers", kGauge, "Worker threads.", std::uint64_t{workers});
  out.single("sql_proxy_max_clients", kGauge, "server.max_clients.",
             std::uint64_t{view.snapshot->config->server.max_clients});
  out.single("sql_proxy_draining", kGauge, "1 while no new clients are taken.", std::uint64_t{view.draining});
  out.single("sql_proxy_paused", kGauge, "1 while a database, or all, is paused.", std::uint64_t{view.pause.any()});
  const ProcessStats process = read_process_stats();
  out.single("process_cpu_seconds_total", kCounter, "User and system time.", process.cpu_seconds);
  out.single("process_resident_memory_bytes", kGauge, "Resident memory.", process.resident_bytes);
  out.single("process_virtual_memory_bytes", kGauge, "Virtual memory.", process.virtual_bytes);
  out.single("process_open_fds", kGauge, "Open file descriptors.", process.open_descriptors);
  out.single("process_max_fds", kGauge, "File descriptors that may be open.", process.max_descriptors);
  out.single("process_start_time_seconds", kGauge, "Start of the process, since the epoch.", process.start_time);
  out.single("process_threads", kGauge, "Threads.", process.threads);
}

}  // namespace

frontend::WorkerSummary MetricsPage::survey() {
  const auto answers =
      ask_workers<frontend::WorkerSummary>(context_.workers, [](frontend::Worker& worker) { return worker.summary(); });
  answers->wait(kSurveyPatience);
  auto newest = answers->take();
  const std::scoped_lock lock(mutex_);
  last_.resize(newest.size());
  frontend::WorkerSummary sum;
  for (std::size_t i = 0; i < newest.size(); ++i) {
    if (newest[i]) last_[i] = *std::move(newest[i]);
    add_summary(sum, last_[i]);
  }
  return sum;
}

std::string MetricsPage::render(const frontend::SnapshotPtr& snapshot) {
  const frontend::WorkerSummary summary = survey();
  const ProxyView view = base_view(context_, snapshot);
  const auto pools = pool_numbers(summary, view);
  MetricsText out;
  write_statements(out, context_.workers);
  write_durations(out, context_.workers);
  write_databases(out, view.stats);
  write_clients(out, summary);
  write_logins_and_pins(out, context_.workers, summary);
  write_pools(out, pools);
  write_breakers(out, context_.services, pools);
  write_limits(out, context_.services);
  write_caches(out, summary, context_.services);
  write_audit(out, context_.services.audit.stats());
  write_audit_delivery(out, context_.services.audit_delivery->numbers(), context_.services.audit.stored_sequence());
  write_process(out, view, reloads_, context_.workers.size());
  return out.take();
}

}  // namespace sqlproxy::admin
