#pragma once

#include <vector>

// What systemd gives a service, and wants to know of it. Without systemd nothing is given, and nobody is told.
namespace sqlproxy::app {

// Listening sockets that the process was started with (socket activation); the caller's from now on. Once: child
// processes and later calls find none.
[[nodiscard]] std::vector<int> sockets_of_service_manager();

// The service listens; also after a reload.
void notify_ready();
void notify_reloading();
// It drains.
void notify_stopping();

}  // namespace sqlproxy::app
