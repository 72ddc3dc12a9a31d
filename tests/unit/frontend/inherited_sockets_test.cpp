#include "frontend/inherited_sockets.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace sqlproxy::frontend {
namespace {

// A listening socket on a free port of that IPv4 address.
int listening(std::uint32_t address, std::uint16_t& port) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in bound{};
  bound.sin_family = AF_INET;
  bound.sin_addr.s_addr = htonl(address);
  EXPECT_EQ(::bind(descriptor, reinterpret_cast<sockaddr*>(&bound), sizeof bound), 0);
  EXPECT_EQ(::listen(descriptor, 1), 0);
  socklen_t size = sizeof bound;
  EXPECT_EQ(::getsockname(descriptor, reinterpret_cast<sockaddr*>(&bound), &size), 0);
  port = ntohs(bound.sin_port);
  return descriptor;
}

config::ListenAddress tcp(const std::string& host, std::uint16_t port) {
  return {config::ListenAddress::Kind::tcp, host, {}, port};
}

TEST(InheritedSockets, AreTakenByTheirAddress) {
  std::uint16_t port = 0;
  const int descriptor = listening(INADDR_LOOPBACK, port);
  InheritedSockets sockets({descriptor});
  EXPECT_TRUE(sockets.take(tcp("127.0.0.1", static_cast<std::uint16_t>(port + 1))).empty());
  EXPECT_TRUE(sockets.take(tcp("127.0.0.2", port)).empty());
  EXPECT_EQ(sockets.left(), std::vector<std::string>{"127.0.0.1:" + std::to_string(port)});
  const auto taken = sockets.take(tcp("localhost", port));
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_EQ(taken[0].descriptor, descriptor);
  EXPECT_EQ(taken[0].family, AF_INET);
  EXPECT_TRUE(sockets.left().empty());
  ::close(descriptor);
}

TEST(InheritedSockets, OneForEveryInterfaceServesEachHost) {
  std::uint16_t port = 0;
  const int descriptor = listening(INADDR_ANY, port);
  InheritedSockets sockets({descriptor});
  EXPECT_EQ(sockets.take(tcp("127.0.0.1", port)).size(), 1U);
  EXPECT_TRUE(sockets.take(tcp("*", port)).empty()) << "it has been taken";
  ::close(descriptor);
}

TEST(InheritedSockets, ThoseThatNobodyTakesAreClosed) {
  std::uint16_t port = 0;
  const int descriptor = listening(INADDR_LOOPBACK, port);
  {
    const InheritedSockets sockets({descriptor});
  }
  EXPECT_EQ(::close(descriptor), -1);
}

}  // namespace
}  // namespace sqlproxy::frontend
