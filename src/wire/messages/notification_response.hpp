#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace sqlproxy::wire {

// A NOTIFY that this session listens for. Texts are views into the decoded body.
struct NotificationResponse {
  // Of the session that notifies.
  std::int32_t process_id = 0;
  std::string_view channel;
  std::string_view payload;

  [[nodiscard]] static core::Result<NotificationResponse> decode(std::string_view body);
  [[nodiscard]] core::Status encode(std::string& out) const;
};

}  // namespace sqlproxy::wire
