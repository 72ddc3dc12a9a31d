#include "admin/process_stats.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

namespace sqlproxy::admin {
namespace {

// The fields of /proc/self/stat from the third on (proc(5)): the second, the name, may hold anything.
std::vector<std::string> stat_fields() {
  std::ifstream file("/proc/self/stat");
  std::string text;
  std::getline(file, text);
  const std::size_t end_of_name = text.rfind(')');
  if (end_of_name == std::string::npos) return {};
  std::istringstream words(text.substr(end_of_name + 1));
  std::vector<std::string> fields;
  for (std::string word; words >> word;) fields.push_back(word);
  return fields;
}

double boot_time() {
  std::ifstream file("/proc/stat");
  for (std::string word; file >> word;) {
    if (word != "btime") continue;
    double seconds = 0;
    file >> seconds;
    return seconds;
  }
  return 0;
}

std::uint64_t count_descriptors() {
  std::error_code error;
  std::uint64_t count = 0;
  for (std::filesystem::directory_iterator next("/proc/self/fd", error); !error && next != std::filesystem::end(next);
       next.increment(error)) {
    ++count;
  }
  // The walk has one open itself.
  return count == 0 ? 0 : count - 1;
}

}  // namespace

ProcessStats read_process_stats() {
  constexpr std::size_t kUser = 11;
  constexpr std::size_t kSystem = 12;
  constexpr std::size_t kThreads = 17;
  constexpr std::size_t kStart = 19;
  constexpr std::size_t kVirtual = 20;
  constexpr std::size_t kResident = 21;
  ProcessStats stats;
  const std::vector<std::string> fields = stat_fields();
  if (fields.size() > kResident) {
    const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    stats.cpu_seconds = (std::stod(fields[kUser]) + std::stod(fields[kSystem])) / ticks;
    stats.threads = std::stoull(fields[kThreads]);
    stats.start_time = boot_time() + std::stod(fields[kStart]) / ticks;
    stats.virtual_bytes = std::stoull(fields[kVirtual]);
    stats.resident_bytes = std::stoull(fields[kResident]) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  }
  stats.open_descriptors = count_descriptors();
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) stats.max_descriptors = limit.rlim_cur;
  return stats;
}

}  // namespace sqlproxy::admin
