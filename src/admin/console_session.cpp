#include "admin/console_session.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "wire/message_writer.hpp"
#include "wire/messages/bind.hpp"
#include "wire/messages/close.hpp"
#include "wire/messages/command_complete.hpp"
#include "wire/messages/describe.hpp"
#include "wire/messages/execute.hpp"
#include "wire/messages/parameter_description.hpp"
#include "wire/messages/parse.hpp"
#include "wire/messages/query.hpp"
#include "wire/messages/ready_for_query.hpp"
#include "wire/messages/severity.hpp"

namespace sqlproxy::admin {
namespace {

using wire::BackendType;
using wire::FrontendType;

// Commands are short.
constexpr std::uint32_t kMaxMessage = 64 * 1024;
constexpr std::size_t kFlushAt = std::size_t{256} * 1024;
constexpr std::size_t kAllRows = std::numeric_limits<std::size_t>::max();

core::Error protocol_violation(std::string message) {
  return core::make_error(core::ErrorCode::invalid_input, core::sqlstate::kProtocolViolation, std::move(message));
}

core::Error unknown(core::SqlState sqlstate, std::string_view what, std::string_view name) {
  return core::make_error(core::ErrorCode::invalid_input, sqlstate,
                          std::string(what) + " \"" + std::string(name) + "\" does not exist");
}

core::Error too_many() {
  return core::make_error(core::ErrorCode::limit_exceeded, core::sqlstate::kProgramLimitExceeded,
                          "too many prepared statements or portals");
}

}  // namespace

net::Task<void> ConsoleSession::serve() {
  net::MessageReader reader(client_.stream, client_.input);
  while (!client_.ending) {
    const auto message = co_await reader.next(kMaxMessage);
    if (!message) {
      if (message.error().code == core::ErrorCode::invalid_input) {
        wire::append_error(out_, wire::Severity::fatal, message.error());
        (void)co_await flush();
      }
      co_return;
    }
    client_.requested_at = core::wall_now();
    if (!co_await handle(*message)) co_return;
    if (out_.size() > kFlushAt && !co_await flush()) co_return;
  }
}

net::Task<bool> ConsoleSession::handle(const net::Message& message) {
  const auto type = static_cast<FrontendType>(message.type);
  core::Status status;
  switch (type) {
    case FrontendType::Terminate: co_return false;
    case FrontendType::Sync:
      skipping_ = false;
      if (!in_transaction_) portals_.clear();
      ready();
      co_return co_await flush();
    case FrontendType::Flush: co_return co_await flush();
    case FrontendType::CopyData:
    case FrontendType::CopyDone:
    case FrontendType::CopyFail: co_return true;
    default: break;
  }
  if (skipping_) co_return true;
  switch (type) {
    case FrontendType::Query: co_await on_query(message.body); co_return co_await flush();
    case FrontendType::Parse: status = on_parse(message.body); break;
    case FrontendType::Bind: status = on_bind(message.body); break;
    case FrontendType::Describe: status = on_describe(message.body); break;
    case FrontendType::Execute: status = co_await on_execute(message.body); break;
    case FrontendType::Close: status = on_close(message.body); break;
    default:
      wire::append_error(out_, wire::Severity::fatal, protocol_violation("unsupported packet type for admin console"));
      (void)co_await flush();
      co_return false;
  }
  if (!status) {
    fail(status.error());
    skipping_ = true;
  }
  co_return true;
}

void ConsoleSession::fail(const core::Error& error) {
  wire::append_error(out_, wire::Severity::error, error);
}

void ConsoleSession::ready() {
  const auto status = in_transaction_ ? wire::TransactionStatus::in_transaction : wire::TransactionStatus::idle;
  wire::ReadyForQuery{status}.encode(out_);
}

net::Task<bool> ConsoleSession::flush() {
  const std::string bytes = std::exchange(out_, {});
  if (bytes.empty()) co_return true;
  co_return (co_await client_.stream.write_all(bytes)).ok();
}

void ConsoleSession::note_transaction(const ConsoleCommand& command) {
  const auto* ignored = std::get_if<IgnoredCommand>(&command);
  if (ignored == nullptr || ignored->effect == IgnoredCommand::Effect::none) return;
  in_transaction_ = ignored->effect == IgnoredCommand::Effect::begins;
}

void ConsoleSession::append_notice(const ConsoleOutcome& outcome) {
  if (outcome.notice.empty()) return;
  wire::append_error(out_, wire::Severity::notice,
                     core::make_error(core::ErrorCode::internal, core::sqlstate::kSuccessfulCompletion, outcome.notice,
                                      outcome.notice_detail));
}

void ConsoleSession::append_columns(const std::optional<ConsoleCommand>& command,
                                    const std::vector<std::uint16_t>& formats) {
  const std::vector<TableColumn> columns = command ? columns_of(*command) : std::vector<TableColumn>{};
  if (columns.empty()) return wire::append_message(out_, BackendType::NoData);
  append_row_description(out_, columns, formats);
}

core::Status ConsoleSession::append_rows(Portal& portal, std::size_t most) {
  ConsoleOutcome& outcome = *portal.outcome;
  const std::size_t rows = outcome.table ? outcome.table->rows.size() : 0;
  const std::size_t end = portal.next_row + std::min(most, rows - portal.next_row);
  for (; portal.next_row < end; ++portal.next_row) {
    if (auto row = append_data_row(out_, *outcome.table, portal.next_row, portal.formats); !row) return row;
  }
  // As PostgreSQL, which suspends when it has given as many as were asked for.
  if (most != kAllRows && end != 0 && portal.next_row < rows) {
    wire::append_message(out_, BackendType::PortalSuspended);
    return {};
  }
  return wire::CommandComplete::from_tag(outcome.tag).encode(out_);
}

net::Task<void> ConsoleSession::on_query(std::string_view body) {
  const auto query = wire::Query::decode(body);
  const auto commands =
      query ? parse_console_commands(query->text) : core::Result<std::vector<ConsoleCommand>>(query.error());
  portals_.erase("");
  statements_.erase("");
  if (!commands) {
    runner_.audit_refused(commands.error());
    fail(commands.error());
    co_return ready();
  }
  if (commands->empty()) wire::append_message(out_, BackendType::EmptyQueryResponse);
  for (const ConsoleCommand& command : *commands) {
    auto outcome = co_await runner_.run(command);
    if (!outcome) {
      fail(outcome.error());
      break;
    }
    note_transaction(command);
    append_notice(*outcome);
    if (outcome->table) append_row_description(out_, outcome->table->columns, {});
    Portal portal;
    portal.outcome = *std::move(outcome);
    if (auto rows = append_rows(portal, kAllRows); !rows) {
      fail(rows.error());
      break;
    }
  }
  ready();
}

core::Status ConsoleSession::on_parse(std::string_view body) {
  const auto parse = wire::Parse::decode(body);
  if (!parse) return parse.error();
  auto commands = parse_console_commands(parse->text);
  if (!commands) {
    runner_.audit_refused(commands.error());
    return std::move(commands).error();
  }
  if (commands->size() > 1) {
    return core::make_error(core::ErrorCode::invalid_input, core::sqlstate::kSyntaxError,
                            "cannot insert multiple commands into a prepared statement");
  }
  if (!parse->statement.empty() && statements_.contains(parse->statement)) {
    return core::make_error(core::ErrorCode::invalid_input, core::sqlstate::kDuplicatePreparedStatement,
                            "prepared statement \"" + std::string(parse->statement) + "\" already exists");
  }
  if (statements_.size() >= kMaxNames) return too_many();
  Statement statement;
  if (!commands->empty()) statement.command = std::move(commands->front());
  statements_.insert_or_assign(std::string(parse->statement), std::move(statement));
  wire::append_message(out_, BackendType::ParseComplete);
  return {};
}

core::Status ConsoleSession::on_bind(std::string_view body) {
  const auto bind = wire::Bind::decode(body);
  if (!bind) return bind.error();
  const auto statement = statements_.find(bind->statement);
  if (statement == statements_.end()) {
    return unknown(core::sqlstate::kInvalidSqlStatementName, "prepared statement", bind->statement);
  }
  if (!bind->parameters.empty()) {
    return protocol_violation("bind message supplies " + std::to_string(bind->parameters.size()) +
                              " parameters, but prepared statement \"" + std::string(bind->statement) +
                              "\" requires 0");
  }
  if (portals_.size() >= kMaxNames) return too_many();
  Portal portal;
  portal.command = statement->second.command;
  auto formats = result_formats(bind->result_formats, portal.command ? columns_of(*portal.command).size() : 0);
  if (!formats) return std::move(formats).error();
  portal.formats = *std::move(formats);
  portals_.insert_or_assign(std::string(bind->portal), std::move(portal));
  wire::append_message(out_, BackendType::BindComplete);
  return {};
}

core::Status ConsoleSession::on_describe(std::string_view body) {
  const auto describe = wire::Describe::decode(body);
  if (!describe) return describe.error();
  if (describe->target == wire::DescribeTarget::portal) {
    const auto portal = portals_.find(describe->name);
    if (portal == portals_.end()) return unknown(core::sqlstate::kInvalidCursorName, "portal", describe->name);
    append_columns(portal->second.command, portal->second.formats);
    return {};
  }
  const auto statement = statements_.find(describe->name);
  if (statement == statements_.end()) {
    return unknown(core::sqlstate::kInvalidSqlStatementName, "prepared statement", describe->name);
  }
  if (auto none = wire::ParameterDescription{}.encode(out_); !none) return none;
  append_columns(statement->second.command, {});
  return {};
}

net::Task<core::Status> ConsoleSession::on_execute(std::string_view body) {
  const auto execute = wire::Execute::decode(body);
  if (!execute) co_return execute.error();
  const auto found = portals_.find(execute->portal);
  if (found == portals_.end()) co_return unknown(core::sqlstate::kInvalidCursorName, "portal", execute->portal);
  Portal& portal = found->second;
  if (!portal.command) {
    wire::append_message(out_, BackendType::EmptyQueryResponse);
    co_return core::Status{};
  }
  if (!portal.outcome) {
    auto outcome = co_await runner_.run(*portal.command);
    if (!outcome) co_return std::move(outcome).error();
    note_transaction(*portal.command);
    append_notice(*outcome);
    portal.outcome = *std::move(outcome);
  }
  const std::size_t most = execute->max_rows > 0 ? static_cast<std::size_t>(execute->max_rows) : kAllRows;
  co_return append_rows(portal, most);
}

core::Status ConsoleSession::on_close(std::string_view body) {
  const auto close = wire::Close::decode(body);
  if (!close) return close.error();
  const std::string name(close->name);
  if (close->target == wire::DescribeTarget::portal) {
    portals_.erase(name);
  } else {
    statements_.erase(name);
  }
  wire::append_message(out_, BackendType::CloseComplete);
  return {};
}

}  // namespace sqlproxy::admin
