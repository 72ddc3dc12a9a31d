#include "backend/listen_commands.hpp"

namespace sqlproxy::backend {
namespace {

void append_identifier(std::string& query, std::string_view name) {
  query += '"';
  for (const char c : name) {
    if (c == '"') query += '"';
    query += c;
  }
  query += '"';
}

void append_command(std::string& query, std::string_view command, std::string_view channel) {
  query += command;
  append_identifier(query, channel);
  query += ';';
}

}  // namespace

void append_listen(std::string& query, std::string_view channel) {
  append_command(query, "LISTEN ", channel);
}

void append_unlisten(std::string& query, std::string_view channel) {
  append_command(query, "UNLISTEN ", channel);
}

std::string marker_query(std::span<const std::string> channels, std::string_view sync_channel,
                         std::string_view marker) {
  // A transaction that notifies is written to the log; nobody needs to wait until this one is on disk.
  // What the client has set for its own statements does not concern it.
  std::string query =
      "SET LOCAL synchronous_commit TO off;SET LOCAL statement_timeout TO 0;SET LOCAL lock_timeout TO 0;";
  for (const std::string& channel : channels) append_listen(query, channel);
  append_listen(query, sync_channel);
  query += "NOTIFY ";
  append_identifier(query, sync_channel);
  query.append(", '").append(marker).append("'");
  return query;
}

}  // namespace sqlproxy::backend
