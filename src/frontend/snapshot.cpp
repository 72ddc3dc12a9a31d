#include "frontend/snapshot.hpp"

#include "frontend/console_host.hpp"

namespace sqlproxy::frontend {

std::shared_ptr<backend::VerifierSource> Snapshot::verifiers_for(const std::string& database,
                                                                 const std::string& user) const {
  // Who may administrate the proxy is not for a server to say.
  if (verifiers.empty() || is_console_database(database)) return nullptr;
  auto entry = config->databases.find(database);
  if (entry == config->databases.end()) entry = config->databases.find("*");
  if (entry != config->databases.end()) {
    const auto found = verifiers.find(entry->first);
    return found == verifiers.end() ? nullptr : found->second;
  }
  const KnownUser* known = find_user(user);
  const bool has_own = known != nullptr && (known->scram || known->md5 || known->password);
  return has_own ? nullptr : verifiers.begin()->second;
}

}  // namespace sqlproxy::frontend
