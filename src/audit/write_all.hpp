#pragma once

#include <string_view>

namespace sqlproxy::audit {

// Writes all of `bytes`, however many calls that takes. 0, or the errno of the call that failed; some of the bytes may
// have been written then.
[[nodiscard]] int write_all(int fd, std::string_view bytes);

}  // namespace sqlproxy::audit
