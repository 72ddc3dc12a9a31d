#pragma once

#include <cstdint>
#include <string>

namespace sqlproxy::config {

// One entry of server.listen or admin.listen: "host:port", "[v6]:port" or "unix:/directory:port".
struct ListenAddress {
  enum class Kind { tcp, unix_socket };

  Kind kind = Kind::tcp;
  // tcp: a name or an address, without brackets; "*" stands for every interface.
  std::string host;
  // unix_socket: the absolute directory of the socket file.
  std::string directory;
  // unix_socket: only a part of the file's name.
  std::uint16_t port = 0;

  // The file of a unix_socket, named as PostgreSQL's clients expect it: DIRECTORY/.s.PGSQL.PORT.
  [[nodiscard]] std::string socket_path() const;
  // As it is written in the file.
  [[nodiscard]] std::string text() const;

  friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};

}  // namespace sqlproxy::config
