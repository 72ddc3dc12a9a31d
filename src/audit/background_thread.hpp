#pragma once

#include <csignal>
#include <initializer_list>

namespace sqlproxy::audit {

// To be called first on a thread of this layer: signals of the process go to its other threads, and a write past the
// file size limit (SIGXFSZ) fails with an error instead of ending the process. Signals of a thread's own faults stay as
// they are.
inline void block_signals_on_this_thread() {
  sigset_t signals;
  sigfillset(&signals);
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS}) sigdelset(&signals, fault);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

}  // namespace sqlproxy::audit
