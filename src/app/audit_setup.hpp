#pragma once

#include <memory>

#include "audit/delivery.hpp"
#include "audit/delivery_progress.hpp"
#include "audit/trail.hpp"
#include "config/config.hpp"
#include "core/result.hpp"

namespace sqlproxy::app {

// From [audit] to the objects of the audit layer. `progress` is the same one throughout the process.

// Opens the trail with the file that the configuration names.
[[nodiscard]] core::Result<std::unique_ptr<audit::Trail>> open_trail(
    const config::Config& config, const std::shared_ptr<audit::DeliveryProgress>& progress);

// What a reload changes of a trail whose file is `old_file` so far.
[[nodiscard]] audit::TrailChange trail_change(const config::Config& config, const config::AuditFile& old_file,
                                              const std::shared_ptr<audit::DeliveryProgress>& progress);

// The delivery that [audit.database] asks for, at work already; null: none. `trail` outlives it. Fails when the
// certificates of its server cannot be used.
[[nodiscard]] core::Result<std::unique_ptr<audit::Delivery>> start_delivery(
    const config::Config& config, audit::Trail& trail, std::shared_ptr<audit::DeliveryProgress> progress);

// A delivery that was started for the one serves the other too.
[[nodiscard]] bool same_delivery(const config::Config& a, const config::Config& b);

}  // namespace sqlproxy::app
