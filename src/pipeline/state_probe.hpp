#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>
namespace sqlproxy::pipeline {
struct ProbedSetting {
  std::string name, value;
};
struct ProbedState;
inline std::string probe_query(const std::vector<std::string>&) {
  return "SELECT 1";
}
struct ProbedState {
  std::vector<ProbedSetting> settings;
  bool temporary_objects = false, session_advisory_locks = false, held_cursors = false;
  std::vector<std::string> listening;
};
template <class T>
std::optional<ProbedState> read_probe(const T&) {
  return ProbedState{};
}
}  // namespace sqlproxy::pipeline
