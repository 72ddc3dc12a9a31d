#include "app/service_manager.hpp"

#include <fcntl.h>
#include <systemd/sd-daemon.h>

#include <chrono>
#include <string>

namespace sqlproxy::app {

std::vector<int> sockets_of_service_manager() {
  std::vector<int> sockets;
  const int count = sd_listen_fds(1);
  for (int i = 0; i < count; ++i) {
    const int descriptor = SD_LISTEN_FDS_START + i;
    const int flags = ::fcntl(descriptor, F_GETFL);
    if (flags < 0) continue;
    (void)::fcntl(descriptor, F_SETFL, static_cast<unsigned>(flags) | static_cast<unsigned>(O_NONBLOCK));
    sockets.push_back(descriptor);
  }
  return sockets;
}

void notify_ready() {
  (void)sd_notify(0, "READY=1");
}

void notify_reloading() {
  // sd_notify(3): systemd tells by the time whether READY=1 is about this reload.
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  (void)sd_notify(0, ("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds)).c_str());
}

void notify_stopping() {
  (void)sd_notify(0, "STOPPING=1");
}

}  // namespace sqlproxy::app
