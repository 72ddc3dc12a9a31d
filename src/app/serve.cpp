#include "app/serve.hpp"

#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <csignal>
#include <iostream>

#include "app/exit_code.hpp"
#include "app/proxy_process.hpp"
#include "config/load.hpp"
#include "pipeline/self_test.hpp"

namespace sqlproxy::app {
namespace {

// Every client and every server connection takes a descriptor; the soft limit is often far below what is allowed.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int serve(const std::string& config_path, const ServeOptions& options) {
  core::configure_logging(options.log_format, options.log_level);
  const config::LoadResult loaded = config::load_config(config_path);
  for (const config::Fault& rule : loaded.dead_rules) core::log().warn("{}", rule.text());
  for (const config::Fault& warning : loaded.warnings) core::log().warn("{}", warning.text());
  for (const config::Fault& fault : loaded.faults) std::cerr << fault.text() << '\n';
  if (!loaded.config) return kExitFault;
  if (!pipeline::parser_is_sound()) {
    core::log().error(
        "libpg_query's parse tree is not laid out as this program expects; it was built for another version");
    return kExitRuntime;
  }
  raise_descriptor_limit();
  std::signal(SIGPIPE, SIG_IGN);
  ProxyProcess process(config_path);
  if (const core::Status prepared = process.prepare(loaded.config); !prepared) {
    core::log().error("{}", prepared.error().message);
    return kExitRuntime;
  }
  process.run();
  return kExitOk;
}

}  // namespace sqlproxy::app
