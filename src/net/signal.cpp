#include "net/signal.hpp"

namespace sqlproxy::net {

Task<void> Signal::wait() {
  std::error_code cancelled;
  co_await timer_.async_wait(use_task(cancelled));
}

}  // namespace sqlproxy::net
