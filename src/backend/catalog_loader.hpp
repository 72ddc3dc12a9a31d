#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <stop_token>

#include "backend/connection_parameters.hpp"
#include "core/result.hpp"
#include "pipeline/catalog.hpp"

namespace sqlproxy::backend {

// Connects to a database, reads its catalog in one repeatable-read transaction, and disconnects.
//
// Blocks the calling thread: for the control thread, never a worker. Ends within `time_limit`, and soon after a stop is
// requested. The queries name every schema, also of operators, and run with an empty search_path, so that nothing that
// users have created can change what they mean.
//
// Errors: kConnectionFailure when the server cannot be reached or refuses the login, kQueryCanceled past the limit or
// on a stop, kInternalError with the server's SQLSTATE in the detail when a query fails. None quotes a password.
[[nodiscard]] core::Result<std::shared_ptr<const pipeline::Catalog>> load_catalog(
    const ConnectionParameters& parameters, std::uint64_t generation,
    std::chrono::milliseconds time_limit = std::chrono::seconds(30), const std::stop_token& stop = {});

}  // namespace sqlproxy::backend
