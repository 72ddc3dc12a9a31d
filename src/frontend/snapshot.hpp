#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "backend/catalog_slot.hpp"
#include "backend/server_target.hpp"
#include "backend/verifier_source.hpp"
#include "config/config.hpp"
#include "core/secret.hpp"
#include "identity/token_verifier.hpp"
#include "net/tls_context.hpp"
#include "pipeline/classification/classifier.hpp"
#include "pipeline/policy_set.hpp"
#include "pipeline/subject.hpp"
#include "wire/scram_verifier.hpp"

namespace sqlproxy::frontend {

// A user who may log in: who it is for the policy, and what proves it. What a configuration gives as a plain password
// is here as a verifier as well.
struct KnownUser {
  pipeline::Subject subject;
  std::optional<wire::ScramVerifier> scram;
  std::optional<core::Secret> md5;       // "md5" and 32 digits
  std::optional<core::Secret> password;  // plain
};

// A database that clients may connect to: how its server is reached, and what is known of its objects.
struct DatabaseRoute {
  std::string name;             // of the entry in the configuration, "*" for the fallback
  std::string client_database;  // as the client calls it
  config::Database settings;
  std::shared_ptr<const backend::ServerTarget> target;
  std::shared_ptr<backend::CatalogSlot> catalog;
  // With identity = "passthrough": where the verifiers of its users are; `target` is then the client's own once it has
  // proved who it is. Else null.
  std::shared_ptr<backend::VerifierSource> verifiers;
};

// Everything that one generation of the configuration says, compiled for use. Immutable; a reload makes a new one,
// which each worker takes between two events. Sessions keep the one that they logged in with for what must not change
// under them, and follow the newest for the policy.
class Snapshot {
 public:
  std::shared_ptr<const config::Config> config;
  std::shared_ptr<const pipeline::PolicySet> policies;
  // Null: results are not classified.
  pipeline::ClassifierPtr classifier;
  // Null: TLS is disabled.
  std::shared_ptr<const net::TlsServerContext> tls;
  std::unordered_map<std::string, KnownUser> users;
  // Null: no [auth.jwt] is configured.
  std::shared_ptr<const identity::TokenVerifier> tokens;
  // Finds the route for the name that a client connects to; null for unknown names.
  std::function<std::shared_ptr<const DatabaseRoute>(const std::string&)> route;

  // By the names of entries with identity = "passthrough".
  std::map<std::string, std::shared_ptr<backend::VerifierSource>> verifiers;

  // Where the verifier of `user` is when it logs in to what the client calls `database`; null: in `users`. For names
  // that no database has it is where it would be for another one, so that a failed login does not tell such names
  // apart.
  [[nodiscard]] std::shared_ptr<backend::VerifierSource> verifiers_for(const std::string& database,
                                                                       const std::string& user) const;

  [[nodiscard]] const KnownUser* find_user(const std::string& name) const {
    const auto found = users.find(name);
    return found == users.end() ? nullptr : &found->second;
  }
};

using SnapshotPtr = std::shared_ptr<const Snapshot>;

}  // namespace sqlproxy::frontend
