#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace sqlproxy::wire {

// Lengths of a cancel key: what a server may issue (protocol.md 1.4.1) ...
inline constexpr std::size_t kMinCancelKey = 4;
inline constexpr std::size_t kMaxCancelKey = 256;

// A request to cancel what another connection is doing; never answered.
struct CancelRequest {
  std::int32_t process_id = 0;
  // ... whereas a request with any key of 1 to 256 bytes is well-formed. A view into the decoded body.
  std::string_view key;

  // `body` is what follows the length word, the request code included. 08P01 when it has another code or no legal key.
  [[nodiscard]] static core::Result<CancelRequest> decode(std::string_view body);
  // Appends the packet, length word included. Requires: 1 <= key.size() <= kMaxCancelKey.
  void encode(std::string& out) const;
};

}  // namespace sqlproxy::wire
