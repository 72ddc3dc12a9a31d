#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/event.hpp"
#include "audit/json_reader.hpp"

// What the tests of src/audit share: folders, files, events, and a look at lines.
namespace sqlproxy::audit::testing {

// A folder that goes with the test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    static std::atomic<int> serial{0};
    path_ = std::filesystem::temp_directory_path() /
            ("sql-proxy-audit-" + core::Uuid::v7(core::wall_now()).text() + "-" + std::to_string(++serial));
    std::filesystem::create_directories(path_);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] std::filesystem::path operator/(std::string_view name) const { return path_ / name; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline void write_file(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

inline std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1);
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return lines;
}

inline std::string join_lines(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

// The value of a top-level member as written; "(missing)" when there is none.
inline std::string member(std::string_view line, std::string_view name) {
  const auto members = read_json_object(line);
  if (!members) return "(not JSON)";
  for (const JsonMember& found : *members) {
    if (found.name == name) return std::string(found.value);
  }
  return "(missing)";
}

inline Event statement_event(std::string sql = "SELECT $1") {
  auto facts = std::make_shared<StatementFacts>();
  facts->statement_type = "SELECT";
  facts->sql = std::move(sql);
  Event event;
  event.timestamp = core::WallTime{std::chrono::microseconds{1'795'163'400'000'001}};
  event.event_id = core::Uuid::v7(event.timestamp);
  event.statement = std::move(facts);
  event.decision = Decision::allow;
  event.status = EventStatus::ok;
  return event;
}

}  // namespace sqlproxy::audit::testing
