#pragma once

namespace sqlproxy::app {

// What the process ends with; scripts rely on the numbers.
enum ExitCode : int {
  kExitOk = 0,
  kExitFault = 1,    // in the input: a configuration, a password, an audit file
  kExitUsage = 2,    // the command line
  kExitRuntime = 3,  // the system, or the proxy itself
};

}  // namespace sqlproxy::app
