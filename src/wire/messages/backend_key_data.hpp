#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace sqlproxy::wire {

// What a client needs to cancel its queries.
struct BackendKeyData {
  std::int32_t process_id = 0;
  // kMinCancelKey to kMaxCancelKey bytes (cancel_request.hpp); exactly four on protocol 3.0. A view into the decoded
  // body.
  std::string_view key;

  [[nodiscard]] static core::Result<BackendKeyData> decode(std::string_view body);
  // Requires: a key of legal length.
  void encode(std::string& out) const;
};

}  // namespace sqlproxy::wire
