#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/fault.hpp"
#include "config/loading/place.hpp"

namespace sqlproxy::config::loading {

enum class Severity { warning, dead_rule, fault };

// Gathers what is wrong with one file while it is loaded.
class FaultList {
 public:
  // `path` as the faults are to name the file.
  explicit FaultList(std::string path) : path_(std::move(path)) {}

  void add(Severity severity, Place place, std::string message);
  void fault(Place place, std::string message) { add(Severity::fault, place, std::move(message)); }
  // The file can be used; whoever has it checked wants to hear that it does not say what was meant.
  void dead_rule(Place place, std::string message) { add(Severity::dead_rule, place, std::move(message)); }
  void warn(Place place, std::string message) { add(Severity::warning, place, std::move(message)); }

  // In the order of the file; what was found at the same place stays in the order of its finding.
  [[nodiscard]] std::vector<Fault> faults() const { return list(faults_); }
  [[nodiscard]] std::vector<Fault> dead_rules() const { return list(dead_rules_); }
  [[nodiscard]] std::vector<Fault> warnings() const { return list(warnings_); }

 private:
  using Messages = std::multimap<Place, std::string>;

  [[nodiscard]] std::vector<Fault> list(const Messages& messages) const;

  std::string path_;
  Messages faults_;
  Messages dead_rules_;
  Messages warnings_;
};

}  // namespace sqlproxy::config::loading
