#pragma once

#include <functional>

#include "admin/console_command.hpp"
#include "core/result.hpp"

namespace sqlproxy::admin {

// What administrators may have done to the process. Owned by the composition root; each may be called from any thread,
// and returns at once.
struct ProcessControl {
  // Loads the configuration anew; `done` is called on the control thread with what came of it.
  std::function<void(std::function<void(core::Status)> done)> reload;
  std::function<void(ShutdownMode)> shut_down;
};

}  // namespace sqlproxy::admin
