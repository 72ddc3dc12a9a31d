#pragma once

#include <memory>

#include "backend/catalog_service.hpp"
#include "backend/verifier_service.hpp"
#include "config/config.hpp"
#include "core/result.hpp"
#include "frontend/snapshot.hpp"

namespace sqlproxy::app {

// Compiles a configuration into what the workers use: reads certificates, derives verifiers from plain passwords,
// compiles the policy. An error says which part cannot be used; nothing else has changed then. `catalogs` and
// `verifiers` outlive the snapshot.
[[nodiscard]] core::Result<frontend::SnapshotPtr> build_snapshot(std::shared_ptr<const config::Config> config,
                                                                 backend::CatalogService& catalogs,
                                                                 backend::VerifierService& verifiers);

}  // namespace sqlproxy::app
