#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "wire/integer_list.hpp"
#include "wire/message_type.hpp"

namespace sqlproxy::wire {

// CopyInResponse, CopyOutResponse or CopyBothResponse, which differ in their letter only.
struct CopyResponse {
  enum class Format : std::uint8_t { text = 0, binary = 1 };

  Format format = Format::text;
  // One code for each column; none for a replication stream. A view into the decoded body.
  FormatCodeList column_formats;

  [[nodiscard]] static core::Result<CopyResponse> decode(std::string_view body);
  // `type` is CopyInResponse, CopyOutResponse or CopyBothResponse.
  [[nodiscard]] core::Status encode(std::string& out, BackendType type) const;
};

}  // namespace sqlproxy::wire
