#pragma once

#include <span>

#include "admin/console_command.hpp"
#include "admin/proxy_view.hpp"
#include "admin/result_table.hpp"

namespace sqlproxy::admin {

// The columns of what SHOW shows, without asking anybody: PgBouncer 1.18's in its order, then those that later versions
// have added, then the proxy's own. None for HELP, which is a notice.
[[nodiscard]] std::span<const TableColumn> columns_of(Topic topic);

// The table itself. `view` has what the topic needs; see needs_of().
[[nodiscard]] ResultTable table_of(Topic topic, const ProxyView& view);

// Which parts of a view a topic needs beside those that cost nothing.
struct ViewNeeds {
  bool reports = false;
  bool summary = false;
  bool prepared = false;
};
[[nodiscard]] ViewNeeds needs_of(Topic topic);

// The DETAIL of the notice that SHOW HELP is.
[[nodiscard]] std::string_view help_text();

}  // namespace sqlproxy::admin
