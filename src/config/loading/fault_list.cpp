#include "config/loading/fault_list.hpp"

#include <utility>

namespace sqlproxy::config::loading {

void FaultList::add(Severity severity, Place place, std::string message) {
  Messages& messages = severity == Severity::fault       ? faults_
                       : severity == Severity::dead_rule ? dead_rules_
                                                         : warnings_;
  messages.emplace(place, std::move(message));
}

std::vector<Fault> FaultList::list(const Messages& messages) const {
  std::vector<Fault> faults;
  faults.reserve(messages.size());
  for (const auto& [place, message] : messages) faults.push_back(Fault{path_, place.line, place.column, message});
  return faults;
}

}  // namespace sqlproxy::config::loading
