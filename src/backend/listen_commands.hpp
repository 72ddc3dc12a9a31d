#pragma once

#include <span>
#include <string>
#include <string_view>

namespace sqlproxy::backend {

// Commands that the proxy sends on its own account, each the text of one simple Query. Channels are named as
// pg_listening_channels() shows them: folded and cut.

void append_listen(std::string& query, std::string_view channel);
void append_unlisten(std::string& query, std::string_view channel);

// One transaction that listens on `channels` and on `sync_channel`, and sends `marker` there. Notifications come in the
// order of commits, so what stands before the marker was committed before this, and what stands behind it after.
// `marker` has neither quotes nor backslashes.
[[nodiscard]] std::string marker_query(std::span<const std::string> channels, std::string_view sync_channel,
                                       std::string_view marker);

}  // namespace sqlproxy::backend
