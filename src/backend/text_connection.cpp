#include "backend/text_connection.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "backend/control_connection.hpp"
#include "core/sqlstate.hpp"

namespace sqlproxy::backend {
namespace {

// For each call: an answer that takes longer does not come.
constexpr std::chrono::seconds kPatience{30};
constexpr std::size_t kStateLength = 5;

bool is_sqlstate(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); });
}

// What a ControlConnection says in the detail of its errors becomes the error: "42501: permission denied for ...".
core::Error servers_own(core::Error error) {
  const std::string_view detail = error.detail;
  if (detail.size() > kStateLength + 2 && detail[kStateLength] == ':' && is_sqlstate(detail.substr(0, kStateLength))) {
    error.sqlstate = core::SqlState(detail.substr(0, kStateLength));
    error.message = std::string(detail.substr(kStateLength + 2));
  } else {
    error.sqlstate = core::sqlstate::kConnectionFailure;
    if (!detail.empty()) error.message += ": " + std::string(detail);
  }
  error.detail.clear();
  return error;
}

}  // namespace

class TextConnection::Impl {
 public:
  Impl(ConnectionParameters parameters, std::stop_token stop)
      : parameters_(std::move(parameters)), stop_(std::move(stop)) {}

  core::Status open() {
    connection_.emplace(stop_);
    return at_work().open(parameters_);
  }

  // Requires open(). The deadline of the call that follows begins now.
  ControlConnection& at_work() {
    connection_->set_deadline(ControlConnection::Clock::now() + kPatience);
    return *connection_;
  }

 private:
  const ConnectionParameters parameters_;
  const std::stop_token stop_;
  std::optional<ControlConnection> connection_;
};

TextConnection::TextConnection(ConnectionParameters parameters, std::stop_token stop)
    : impl_(std::make_unique<Impl>(std::move(parameters), std::move(stop))) {}

TextConnection::~TextConnection() = default;

core::Status TextConnection::open() {
  core::Status opened = impl_->open();
  if (!opened) return servers_own(std::move(opened).error());
  return opened;
}

core::Result<std::vector<TextConnection::Row>> TextConnection::query(const std::string& sql,
                                                                     std::span<const std::string> values) {
  const core::Result<QueryResult> result = impl_->at_work().query(sql.c_str(), values);
  if (!result) return servers_own(result.error());
  const PGresult* const found = result->get();
  std::vector<Row> rows;
  for (int row = 0; row < PQntuples(found); ++row) {
    Row& texts = rows.emplace_back();
    for (int column = 0; column < PQnfields(found); ++column) texts.emplace_back(PQgetvalue(found, row, column));
  }
  return rows;
}

core::Status TextConnection::run(const std::string& script, std::string_view copied) {
  core::Status done = impl_->at_work().run(script.c_str(), copied);
  if (!done) return servers_own(std::move(done).error());
  return done;
}

}  // namespace sqlproxy::backend
