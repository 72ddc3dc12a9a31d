#include "app/commands/version.hpp"

#include <CLI/Version.hpp>
#include <asio/version.hpp>
#include <string>
#include <vector>

#include "app/exit_code.hpp"
#include "app/program_version.hpp"
#include "audit/library_versions.hpp"
#include "backend/library_versions.hpp"
#include "config/library_versions.hpp"
#include "core/library_version.hpp"
#include "pipeline/library_versions.hpp"
#include "wire/library_versions.hpp"

namespace sqlproxy::app {

namespace {

std::string asio_version() {
  return std::to_string(ASIO_VERSION / 100000) + '.' + std::to_string(ASIO_VERSION / 100 % 1000) + '.' +
         std::to_string(ASIO_VERSION % 100);
}

}  // namespace

int version(std::ostream& out) {
  out << "sql-proxy " << program_version() << '\n';
  const std::vector<std::vector<core::LibraryVersion>> layers{
      wire::library_versions(),   backend::library_versions(), pipeline::library_versions(), {{"Asio", asio_version()}},
      config::library_versions(), core::library_versions(),    audit::library_versions(),    {{"CLI11", CLI11_VERSION}},
  };
  for (const auto& libraries : layers) {
    for (const auto& [name, text] : libraries) out << name << ' ' << text << '\n';
  }
  return kExitOk;
}

}  // namespace sqlproxy::app
