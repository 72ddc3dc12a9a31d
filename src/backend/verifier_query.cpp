#include "backend/verifier_query.hpp"

#include <spdlog/spdlog.h>

#include <array>
#include <utility>

#include "core/log.hpp"
#include "wire/utf8.hpp"

namespace sqlproxy::backend {
namespace {

// For one question, with the login where there is no connection yet.
constexpr std::chrono::seconds kTimeLimit{5};

// pg_temp is named so that it comes last: only this session could put something there, but then nothing has to be known
// about it.
constexpr const char* kOptions = "-c search_path=pg_catalog,pg_temp -c statement_timeout=5000";

core::Result<std::vector<VerifierRow>> rows_of(const PGresult* result) {
  const int columns = PQnfields(result);
  if (columns < 2) {
    return core::make_error(core::ErrorCode::unavailable, core::sqlstate::kInternalError,
                            "auth_query gives less than the two columns name and verifier");
  }
  std::vector<VerifierRow> rows;
  for (int i = 0; i < PQntuples(result); ++i) {
    const auto text = [&](int column) -> std::optional<std::string> {
      if (PQgetisnull(result, i, column) != 0) return std::nullopt;
      return std::string(PQgetvalue(result, i, column), static_cast<std::size_t>(PQgetlength(result, i, column)));
    };
    VerifierRow& row = rows.emplace_back();
    row.name = text(0);
    if (auto verifier = text(1)) row.verifier = core::Secret(*std::move(verifier));
    if (columns > 2) row.seconds_left = text(2);
  }
  return rows;
}

}  // namespace

VerifierQuery::VerifierQuery(std::shared_ptr<const ServerTarget> target, std::string ca_file, std::string query)
    : target_(std::move(target)), ca_file_(std::move(ca_file)), query_(std::move(query)) {}

core::Status VerifierQuery::open(const std::stop_token& stop) {
  ConnectionParameters parameters = connection_parameters(*target_, ca_file_, "sql-proxy passwords");
  parameters.emplace_back("options", kOptions);
  connection_.emplace(stop);
  connection_->set_deadline(ControlConnection::Clock::now() + kTimeLimit);
  return connection_->open(parameters);
}

core::Result<QueryResult> VerifierQuery::ask(const std::string& user, const std::stop_token& stop) {
  const std::array<std::string, 1> values{user};
  const bool kept_open = connection_ && connection_->usable();
  if (!kept_open) {
    if (auto opened = open(stop); !opened) return std::move(opened).error();
  }
  connection_->set_deadline(ControlConnection::Clock::now() + kTimeLimit);
  auto result = connection_->query(query_.c_str(), values);
  // The server may have gone away and come back since the last question.
  if (result || !kept_open || connection_->usable()) return result;
  if (auto opened = open(stop); !opened) return std::move(opened).error();
  return connection_->query(query_.c_str(), values);
}

core::Result<VerifierAnswer> VerifierQuery::look_up(const std::string& user, const std::stop_token& stop) {
  // The server would refuse the parameter, and an error is not what an unknown user gets.
  if (!wire::decode_utf8(user)) return VerifierAnswer{};
  const auto result = ask(user, stop);
  if (!result) {
    report(result.error());
    // A query may still be at work on it.
    connection_.reset();
    return result.error();
  }
  const auto rows = rows_of(result->get());
  if (!rows) {
    report(rows.error());
    return rows.error();
  }
  auto answer = read_verifier(user, *rows);
  if (!answer) report(answer.error());
  return answer;
}

void VerifierQuery::report(const core::Error& error) const {
  // The server's text about a query of somebody's own making may quote what it read, unless it is about names and
  // rights.
  const bool of_query = error.code == core::ErrorCode::unavailable;
  const std::string_view detail = error.detail;
  const std::string_view shown = of_query && !detail.starts_with("42") ? detail.substr(0, 5) : detail;
  core::log().warn("could not look up a password in database \"{}\": {}{}{}", core::log_safe(target_->dbname),
                   core::log_safe(error.message), shown.empty() ? "" : ": ", core::log_safe(shown));
}

}  // namespace sqlproxy::backend
