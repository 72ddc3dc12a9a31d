#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace sqlproxy::audit {

// A member of a JSON object as it stands in the text: the name without its quotes (escapes are left as they are), the
// value as written.
struct JsonMember {
  std::string_view name;
  std::string_view value;
};

// The top-level members of `text`, in order, when it is exactly one JSON object (RFC 8259) in valid UTF-8, nested at
// most 32 deep; otherwise nothing. The views point into `text`.
[[nodiscard]] std::optional<std::vector<JsonMember>> read_json_object(std::string_view text);

}  // namespace sqlproxy::audit
