#include "backend/control_connection.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <vector>

#include "core/sqlstate.hpp"

namespace sqlproxy::backend {
namespace {

using core::Error;
using core::ErrorCode;
using core::Result;
using core::Status;
namespace sqlstate = core::sqlstate;

// How long a stop may go unnoticed.
constexpr std::chrono::milliseconds kStopInterval{100};

// Bytes that are handed to libpq at a time.
constexpr std::size_t kCopyChunk = std::size_t{256} * 1024;

// Ours win over what the parameters may hold.
constexpr const char* kFixedParameters[][2] = {
    {"client_encoding", "UTF8"},
    {"fallback_application_name", "sql-proxy"},
};

Error connection_failed(std::string detail) {
  return core::make_error(ErrorCode::network, sqlstate::kConnectionFailure, "could not connect to the server",
                          std::move(detail));
}

Error query_failed(const PGresult* result) {
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  return core::make_error(
      ErrorCode::unavailable, sqlstate::kInternalError, "the server refused a query of the proxy's own",
      std::string(state != nullptr ? state : "no SQLSTATE") + ": " + (message != nullptr ? message : "no message"));
}

}  // namespace

std::string ControlConnection::last_message() const {
  std::string message = PQerrorMessage(connection_.get());
  while (message.ends_with('\n')) message.pop_back();
  std::ranges::replace(message, '\n', ' ');
  return message;
}

Status ControlConnection::wait(short events) {
  while (!stop_.stop_requested()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now());
    if (left.count() <= 0) {
      return core::make_error(ErrorCode::timeout, sqlstate::kQueryCanceled, "the server took too long to answer");
    }
    pollfd descriptor{PQsocket(connection_.get()), events, 0};
    const int ready = poll(&descriptor, 1, static_cast<int>(std::min(left, kStopInterval).count()));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return connection_failed(std::strerror(errno));
  }
  return core::make_error(ErrorCode::closed, sqlstate::kQueryCanceled, "the query was stopped");
}

Status ControlConnection::open(const ConnectionParameters& parameters) {
  std::vector<const char*> keywords;
  std::vector<const char*> values;
  for (const auto& [keyword, value] : parameters) {
    keywords.push_back(keyword.c_str());
    values.push_back(value.c_str());
  }
  for (const auto& [keyword, value] : kFixedParameters) {
    keywords.push_back(keyword);
    values.push_back(value);
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  connection_.reset(PQconnectStartParams(keywords.data(), values.data(), 0));
  if (!connection_) return connection_failed("Out of memory.");
  // libpq would write them to stderr: not a line of the log, and a function can put anything into a notice.
  PQsetNoticeProcessor(connection_.get(), [](void* /*unused*/, const char* /*message*/) {}, nullptr);
  if (PQstatus(connection_.get()) == CONNECTION_BAD) return connection_failed(last_message());
  // As the documentation of PQconnectPoll has it: the first wait is for writing.
  PostgresPollingStatusType next = PGRES_POLLING_WRITING;
  while (next == PGRES_POLLING_READING || next == PGRES_POLLING_WRITING) {
    if (Status waited = wait(next == PGRES_POLLING_READING ? POLLIN : POLLOUT); !waited) return waited;
    next = PQconnectPoll(connection_.get());
  }
  if (next != PGRES_POLLING_OK) return connection_failed(last_message());
  PQsetnonblocking(connection_.get(), 1);
  return {};
}

Status ControlConnection::send(const char* sql, std::span<const std::string> values) {
  std::vector<const char*> texts;
  for (const std::string& value : values) texts.push_back(value.c_str());
  if (PQsendQueryParams(connection_.get(), sql, static_cast<int>(texts.size()), nullptr, texts.data(), nullptr, nullptr,
                        0) == 0) {
    return connection_failed(last_message());
  }
  return flush();
}

Status ControlConnection::flush() {
  for (int pending = PQflush(connection_.get()); pending != 0; pending = PQflush(connection_.get())) {
    if (pending < 0) return connection_failed(last_message());
    if (Status waited = wait(POLLIN | POLLOUT); !waited) return waited;
    if (PQconsumeInput(connection_.get()) == 0) return connection_failed(last_message());
  }
  return {};
}

Status ControlConnection::receive() {
  while (PQisBusy(connection_.get()) != 0) {
    if (Status waited = wait(POLLIN); !waited) return waited;
    if (PQconsumeInput(connection_.get()) == 0) return connection_failed(last_message());
  }
  return {};
}

Result<QueryResult> ControlConnection::query(const char* sql, std::span<const std::string> values) {
  if (Status sent = send(sql, values); !sent) return std::move(sent).error();
  QueryResult first;
  while (true) {
    if (Status received = receive(); !received) return std::move(received).error();
    QueryResult next(PQgetResult(connection_.get()));
    if (!next) break;
    if (!first) first = std::move(next);
  }
  if (!first) return connection_failed(last_message());
  const ExecStatusType status = PQresultStatus(first.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) return query_failed(first.get());
  return first;
}

Status ControlConnection::run(const char* script, std::string_view copied) {
  if (PQsendQuery(connection_.get(), script) == 0) return connection_failed(last_message());
  if (Status sent = flush(); !sent) return sent;
  Status outcome;
  while (true) {
    if (Status received = receive(); !received) return received;
    const QueryResult result(PQgetResult(connection_.get()));
    if (!result) break;
    const ExecStatusType status = PQresultStatus(result.get());
    if (status == PGRES_COPY_IN) {
      if (Status sent = send_copied(copied); !sent) return sent;
    } else if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && outcome) {
      outcome = query_failed(result.get());
    }
  }
  if (outcome && !usable()) return connection_failed(last_message());
  return outcome;
}

Status ControlConnection::send_copied(std::string_view copied) {
  while (!copied.empty()) {
    const std::string_view chunk = copied.substr(0, kCopyChunk);
    const int taken = PQputCopyData(connection_.get(), chunk.data(), static_cast<int>(chunk.size()));
    if (taken < 0) return connection_failed(last_message());
    if (Status sent = flush(); !sent) return sent;
    if (taken > 0) copied.remove_prefix(chunk.size());
  }
  // 0: the buffer is full.
  for (int ended = 0; ended == 0;) {
    ended = PQputCopyEnd(connection_.get(), nullptr);
    if (ended < 0) return connection_failed(last_message());
    if (Status sent = flush(); !sent) return sent;
  }
  return {};
}

Status ControlConnection::send_all(std::span<const char* const> statements) {
  bool sent = PQenterPipelineMode(connection_.get()) == 1;
  for (const char* sql : statements) {
    sent = sent && PQsendQueryParams(connection_.get(), sql, 0, nullptr, nullptr, nullptr, nullptr, 0) == 1;
  }
  if (!sent || PQpipelineSync(connection_.get()) != 1) return connection_failed(last_message());
  return flush();
}

// Each statement has one result and a null pointer behind it; what stands behind all of them is the Sync's.
Result<std::vector<QueryResult>> ControlConnection::receive_all(std::size_t count) {
  std::vector<QueryResult> results;
  while (true) {
    if (Status received = receive(); !received) return std::move(received).error();
    QueryResult next(PQgetResult(connection_.get()));
    if (!next) {
      if (!usable()) return connection_failed(last_message());
      continue;
    }
    if (PQresultStatus(next.get()) == PGRES_PIPELINE_SYNC) break;
    if (results.size() == count) return connection_failed("An answer that belongs to no query.");
    results.push_back(std::move(next));
  }
  for (const QueryResult& result : results) {
    const ExecStatusType status = PQresultStatus(result.get());
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) return query_failed(result.get());
  }
  if (results.size() != count || PQexitPipelineMode(connection_.get()) != 1) return connection_failed(last_message());
  return results;
}

Result<std::vector<QueryResult>> ControlConnection::query_all(std::span<const char* const> statements) {
  if (Status sent = send_all(statements); !sent) return std::move(sent).error();
  return receive_all(statements.size());
}

}  // namespace sqlproxy::backend
