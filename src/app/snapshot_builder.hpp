#pragma once

#include <memory>
#include <string>

#include "backend/catalog_service.hpp"
#include "backend/connection_parameters.hpp"
#include "backend/verifier_service.hpp"
#include "config/config.hpp"
#include "core/result.hpp"
#include "frontend/snapshot.hpp"
#include "pipeline/catalog.hpp"
#include "pipeline/policy_set.hpp"

namespace sqlproxy::app {

// Compiles a configuration into what the workers use: reads certificates, derives verifiers from plain passwords,
// compiles the policy. An error says which part cannot be used; nothing else has changed then. `catalogs` and
// `verifiers` outlive the snapshot.
[[nodiscard]] core::Result<frontend::SnapshotPtr> build_snapshot(std::shared_ptr<const config::Config> config,
                                                                 backend::CatalogService& catalogs,
                                                                 backend::VerifierService& verifiers);

// The policy alone, as build_snapshot() compiles it.
[[nodiscard]] std::shared_ptr<const pipeline::PolicySet> compile_policies(const config::Config& config);

// Reads the catalog of the database that clients call `client_database` and that `database` leads to, with the service
// credentials. Blocks for at most half a minute.
[[nodiscard]] core::Result<std::shared_ptr<const pipeline::Catalog>> read_catalog(const config::Database& database,
                                                                                  const std::string& client_database);

// How libpq reaches `database`, which the configuration calls `name`, with the service credentials, for a connection of
// the proxy's own.
[[nodiscard]] core::Result<backend::ConnectionParameters> own_connection(const config::Database& database,
                                                                         const std::string& name,
                                                                         const std::string& application_name);

}  // namespace sqlproxy::app
