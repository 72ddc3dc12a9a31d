#include "core/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace sqlproxy::core {
namespace {

// Message texts may hold quotes; escaping happens here, so that no caller has to think of it.
class JsonFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& msg, spdlog::memory_buf_t& dest) override {
    std::string line = R"({"time":")";
    const auto micros = std::chrono::time_point_cast<std::chrono::microseconds>(msg.time).time_since_epoch();
    append_time(line, micros);
    line += R"(","level":")";
    const auto level = spdlog::level::to_string_view(msg.level);
    line.append(level.data(), level.size());
    line += R"(","message":")";
    for (const char raw : std::string_view(msg.payload.data(), msg.payload.size())) append_escaped(line, raw);
    line += "\"}\n";
    dest.append(line.data(), line.data() + line.size());
  }

  [[nodiscard]] std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<JsonFormatter>(); }

 private:
  static void append_time(std::string& line, std::chrono::microseconds since_epoch) {
    const std::time_t seconds = std::chrono::duration_cast<std::chrono::seconds>(since_epoch).count();
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    line += fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                        utc.tm_hour, utc.tm_min, utc.tm_sec, since_epoch.count() % 1'000'000);
  }

  static void append_escaped(std::string& line, char raw) {
    const auto byte = static_cast<unsigned char>(raw);
    if (raw == '"' || raw == '\\') {
      line.push_back('\\');
      line.push_back(raw);
    } else if (byte < 0x20 || byte >= 0x7F) {
      line += fmt::format("\\u{:04x}", byte);
    } else {
      line.push_back(raw);
    }
  }
};

std::shared_ptr<spdlog::logger>& instance() {
  static std::shared_ptr<spdlog::logger> logger = [] {
    auto made = std::make_shared<spdlog::logger>("sql-proxy", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_level(spdlog::level::warn);
    made->set_pattern("%Y-%m-%dT%H:%M:%S.%fZ %l %v", spdlog::pattern_time_type::utc);
    return made;
  }();
  return logger;
}

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return spdlog::level::debug;
    case LogLevel::info: return spdlog::level::info;
    case LogLevel::warning: return spdlog::level::warn;
    case LogLevel::error: return spdlog::level::err;
  }
  return spdlog::level::info;
}

}  // namespace

void configure_logging(LogFormat format, LogLevel level) {
  instance()->set_level(to_spdlog(level));
  instance()->flush_on(spdlog::level::warn);
  if (format == LogFormat::json) instance()->set_formatter(std::make_unique<JsonFormatter>());
}

spdlog::logger& log() {
  return *instance();
}

std::string log_safe(std::string_view text, std::size_t limit) {
  std::string out;
  for (const char raw : text.substr(0, limit)) {
    const auto byte = static_cast<unsigned char>(raw);
    if (byte < 0x20 || byte > 0x7E) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out.push_back(raw);
    }
  }
  if (text.size() > limit) out += "...";
  return out;
}

}  // namespace sqlproxy::core
