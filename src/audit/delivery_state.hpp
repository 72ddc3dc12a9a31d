#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "core/result.hpp"

namespace sqlproxy::audit {

// What is kept beside the audit file for the delivery of its events, in ".<name>.delivery":
//
//   <trail id> <sequence_num>
//
// The id is what a database knows this trail by. The number says how far the delivery had come when it was last
// written: a lower bound, for the time until the database itself has been asked.
struct DeliveryState {
  std::string trail_id;  // a UUID
  std::uint64_t sequence = 0;
};

[[nodiscard]] std::filesystem::path delivery_state_path(const std::filesystem::path& audit_file);

// The state of the trail at `audit_file`; a new one, stored at once, when there is none.
[[nodiscard]] core::Result<DeliveryState> load_delivery_state(const std::filesystem::path& audit_file);

// Through a temporary file and a rename, on stable storage: there is always one whole state.
[[nodiscard]] core::Status save_delivery_state(const std::filesystem::path& audit_file, const DeliveryState& state);

// With an id that no trail has had.
[[nodiscard]] DeliveryState new_delivery_state();

}  // namespace sqlproxy::audit
