#include <algorithm>
#include <cstdint>

#include "config/loading/listen_text.hpp"
#include "config/loading/readable.hpp"
#include "config/loading/sections.hpp"

namespace sqlproxy::config::loading {

namespace {

constexpr Choice<ClientTlsMode> kClientTlsModes[] = {
    {"disable", ClientTlsMode::disable},
    {"prefer", ClientTlsMode::prefer},
    {"require", ClientTlsMode::require},
    {"verify-full", ClientTlsMode::verify_full},
};
constexpr Choice<TlsVersion> kTlsVersions[] = {{"1.2", TlsVersion::v1_2}, {"1.3", TlsVersion::v1_3}};

constexpr std::size_t kMaxThreads = 1024;
constexpr std::size_t kMaxClients = 1'000'000;
// PostgreSQL's own bound on a string (MaxAllocSize).
constexpr std::size_t kMaxQueryBytes = (std::size_t{1} << 30) - 1;

void load_listen(TableReader& table, LoadContext& context) {
  auto& listen = context.config.server.listen;
  const auto texts = table.located_texts("listen", Emptiness::refused);
  if (!texts) {
    // The default also stands in for a faulty value, so that the rest can be checked.
    listen.push_back(ListenAddress{ListenAddress::Kind::tcp, "127.0.0.1", {}, 6432});
    return;
  }
  for (const LocatedText& text : *texts) {
    auto address = parse_listen(text.text(), context.directory);
    if (!address) {
      table.fault(text.place(), "the address " + text.shown() + ' ' + address.error().message);
    } else if (std::ranges::find(listen, *address) != listen.end()) {
      table.fault(text.place(), "the address " + text.shown() + " is listed twice");
    } else {
      listen.push_back(*std::move(address));
    }
  }
}

void load_count(TableReader& table, std::string_view key, std::optional<std::size_t>& out) {
  std::size_t value = 0;
  if (table.count(key, value, 1, kMaxClients)) out = value;
}

void load_tls(TableReader& table, ServerTls& tls) {
  const bool explicit_mode = table.choice<ClientTlsMode>("mode", tls.mode, kClientTlsModes);
  table.path("cert", tls.cert);
  table.path("key", tls.key);
  table.path("client_ca", tls.client_ca);
  table.choice<TlsVersion>("min_version", tls.min_version, kTlsVersions);
  table.finish();

  if (!explicit_mode && !table.has("mode") && !tls.cert.empty()) tls.mode = ClientTlsMode::prefer;
  if (tls.mode == ClientTlsMode::disable) return;
  for (const auto& [key, path] : {std::pair{"cert", &tls.cert}, std::pair{"key", &tls.key}}) {
    if (!table.has(key)) {
      table.fault(table.place("mode"),
                  table.name() + " lacks " + in_quotes(key) + ", which every mode but \"disable\" needs");
    }
    check_file(table, key, *path);
  }
  if (tls.mode == ClientTlsMode::verify_full && !table.has("client_ca")) {
    table.fault(table.place("mode"), table.name() + R"( lacks "client_ca", which the mode "verify-full" needs)");
  }
  check_file(table, "client_ca", tls.client_ca);
}

}  // namespace

void load_server(TableReader& root, LoadContext& context) {
  static const toml::table kAbsent;
  auto found = root.table("server");
  TableReader table = found ? *std::move(found) : TableReader(kAbsent, "[server]", context);

  Server& server = context.config.server;
  load_listen(table, context);
  table.boolean("so_reuseport", server.so_reuseport);
  table.count("threads", server.threads, 0, kMaxThreads);
  table.count("max_clients", server.max_clients, 1, kMaxClients);
  load_count(table, "max_clients_per_user", server.max_clients_per_user);
  load_count(table, "max_clients_per_address", server.max_clients_per_address);
  table.size("max_query_size", server.max_query_size, 1, kMaxQueryBytes);
  table.duration("login_timeout", server.login_timeout, std::chrono::milliseconds(1));
  table.duration("client_idle_timeout", server.client_idle_timeout);
  table.duration("client_write_timeout", server.client_write_timeout);
  table.duration("drain_timeout", server.drain_timeout);
  if (auto tls = table.table("tls")) load_tls(*tls, server.tls);
  table.finish();
}

}  // namespace sqlproxy::config::loading
