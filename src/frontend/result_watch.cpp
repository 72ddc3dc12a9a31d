#include "frontend/result_watch.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "core/log.hpp"
#include "frontend/result_columns.hpp"
#include "wire/messages/copy_response.hpp"

namespace sqlproxy::frontend {
namespace {

using wire::BackendType;
using Request = wire::ReplyTracker::Request;

std::uint64_t mixed(std::uint64_t a, std::uint64_t b) {
  constexpr std::uint64_t kOddMultiplier = 0x9E3779B97F4A7C15U;
  return (a ^ (b + kOddMultiplier + (a << 6U) + (a >> 2U))) * kOddMultiplier;
}

// The statement whose result comes now; null: there is none to be audited.
AuditedStatement* current_statement(InFlight& flight) {
  const std::size_t index = flight.kind == InFlight::Kind::query ? flight.current : 0;
  if (index >= flight.statements.size() || !flight.statements[index]) return nullptr;
  return &flight.statements[index];
}

const pipeline::Statement* analyzed_statement(const InFlight& flight) {
  if (!flight.analysis) return flight.prepared ? flight.prepared->statement() : nullptr;
  const auto& statements = flight.analysis->statements;
  return flight.current < statements.size() ? &statements[flight.current] : nullptr;
}

std::string_view last_part(std::string_view name) {
  return name.substr(name.rfind('.') + 1);
}

}  // namespace

void ResultWatch::on_message(BackendType type, const wire::ReplyTracker::Entry& head, std::string_view body) {
  if (desk_ == nullptr || !desk_->enabled() || head.payload == 0) return;
  try {
    switch (type) {
      case BackendType::RowDescription:
        return head.request == Request::describe ? remember(head, body) : start(head, body);
      case BackendType::CopyOutResponse: return start_copy(head, body);
      case BackendType::CommandComplete:
        if (mode_ == Mode::fresh && head.request == Request::execute) note_empty(head);
        return end_result();
      case BackendType::PortalSuspended:
      case BackendType::EmptyQueryResponse:
      case BackendType::ErrorResponse:
      case BackendType::ReadyForQuery: return end_result();
      default: return;
    }
  } catch (const std::exception& exception) {
    core::log().warn("classification of a result failed: {}", exception.what());
    end_result();
    mode_ = Mode::done;
  }
}

void ResultWatch::on_streamed(BackendType type, const wire::ReplyTracker::Entry& head, std::string_view part,
                              std::size_t size) {
  message_left_ = 0;
  if (mode_ == Mode::done || desk_ == nullptr || !desk_->enabled() || head.payload == 0) return;
  try {
    if (type == BackendType::FunctionCallResponse) return start_function(head, part);
    if (mode_ == Mode::fresh) start_undescribed(head, part);
    const Mode wanted = type == BackendType::DataRow ? Mode::rows : Mode::copy;
    if (mode_ != wanted || !reading_->wants_row()) {
      mode_ = Mode::done;
      return;
    }
    message_left_ = size;
    if (mode_ == Mode::rows) reading_->begin_row();
  } catch (const std::exception& exception) {
    core::log().warn("classification of a result failed: {}", exception.what());
    mode_ = Mode::done;
    return;
  }
  take(part);
}

void ResultWatch::take(std::string_view part) {
  message_left_ -= std::min(message_left_, part.size());
  try {
    if (mode_ == Mode::copy) {
      reading_->copy_bytes(part);
    } else {
      reading_->row_bytes(part);
      if (message_left_ == 0) reading_->end_row();
    }
    if (reading_->wants_row()) return;
  } catch (const std::exception& exception) {
    core::log().warn("classification of a result failed: {}", exception.what());
  }
  mode_ = Mode::done;
  message_left_ = 0;
}

void ResultWatch::end_result() {
  mode_ = Mode::fresh;
  message_left_ = 0;
  reading_.reset();
}

bool ResultWatch::read_with(AuditedStatement* statement) {
  end_result();
  mode_ = Mode::done;
  if (statement == nullptr) return false;
  if (!statement->reading()) statement->set_reading(desk_->lease());
  reading_ = statement->reading().reading();
  return true;
}

// What a shape rests on beside the statement and the catalog.
std::uint64_t ResultWatch::scope_basis() {
  const SessionScope& session = journal_.scope();
  if (scope_version_ == session.version()) return scope_basis_;
  const pipeline::NameScope& scope = session.predicted();
  scope_basis_ = std::hash<std::string_view>{}(scope.server_database);
  for (const std::string& schema : scope.search_path) {
    scope_basis_ = mixed(scope_basis_, std::hash<std::string_view>{}(schema));
  }
  scope_version_ = session.version();
  return scope_basis_;
}

pipeline::ResultShapePtr ResultWatch::shape_of(std::string_view description, const InFlight& flight) {
  const pipeline::Statement* statement = analyzed_statement(flight);
  const pipeline::Catalog* catalog = gate_.catalog();
  const pipeline::NameScope& scope = journal_.scope().predicted();
  std::uint64_t basis = mixed(scope_basis(), catalog == nullptr ? 0 : catalog->generation());
  basis = mixed(basis, statement == nullptr ? 0 : statement->fingerprint);
  if (auto known = desk_->shapes().find(description, basis)) return known;
  const auto decoded = wire::RowDescription::decode(description);
  if (!decoded) return nullptr;
  auto shape = desk_->classifier()->shape_of(result_columns(*decoded, {statement, &scope, catalog}));
  desk_->shapes().insert(description, basis, shape);
  return shape;
}

void ResultWatch::start(const wire::ReplyTracker::Entry& head, std::string_view description) {
  InFlight& flight = journal_.flight(head.payload);
  if (!read_with(current_statement(flight))) return;
  pipeline::ResultShapePtr shape = shape_of(description, flight);
  if (!shape) return;
  reading_->begin(desk_->classifier(), std::move(shape));
  if (reading_->wants_row()) mode_ = Mode::rows;
}

void ResultWatch::remember(const wire::ReplyTracker::Entry& head, std::string_view description) {
  const PreparedPtr& prepared = journal_.flight(head.payload).prepared;
  if (!prepared || description.size() > pipeline::ShapeCache::kMaxDescription) return;
  if (prepared->description && *prepared->description == description) return;
  prepared->description = std::make_shared<const std::string>(description);
}

// Rows of an Execute: the columns are those of an earlier Describe, of this portal or of its statement. Without one
// they have no names. A portal that goes on is read on.
void ResultWatch::start_undescribed(const wire::ReplyTracker::Entry& head, std::string_view row) {
  InFlight& flight = journal_.flight(head.payload);
  AuditedStatement* statement = current_statement(flight);
  const bool goes_on = statement != nullptr && statement->reading();
  if (!read_with(statement)) return;
  if (!goes_on) {
    pipeline::ResultShapePtr shape;
    if (flight.prepared && flight.prepared->description) shape = shape_of(*flight.prepared->description, flight);
    if (!shape) {
      if (row.size() < sizeof(std::uint16_t)) return statement->set_reading({});
      const auto high = static_cast<unsigned char>(row[0]);
      const std::size_t count = (std::size_t{high} << 8U) | static_cast<unsigned char>(row[1]);
      const ResultContext context{analyzed_statement(flight), &journal_.scope().predicted(), gate_.catalog()};
      shape = desk_->classifier()->shape_of(unnamed_columns(count, context));
    }
    reading_->begin(desk_->classifier(), std::move(shape));
  }
  if (reading_->wants_row()) mode_ = Mode::rows;
}

// An Execute without rows: what the result would have held is said all the same, as of a Query without rows.
void ResultWatch::note_empty(const wire::ReplyTracker::Entry& head) {
  InFlight& flight = journal_.flight(head.payload);
  AuditedStatement* statement = current_statement(flight);
  if (statement == nullptr || statement->reading() || !flight.prepared || !flight.prepared->description) return;
  pipeline::ResultShapePtr shape = shape_of(*flight.prepared->description, flight);
  if (shape && read_with(statement)) reading_->begin(desk_->classifier(), std::move(shape));
}

void ResultWatch::start_copy(const wire::ReplyTracker::Entry& head, std::string_view response) {
  InFlight& flight = journal_.flight(head.payload);
  const auto decoded = wire::CopyResponse::decode(response);
  if (!decoded || !read_with(current_statement(flight))) return;
  const pipeline::Statement* statement = analyzed_statement(flight);
  pipeline::CopyFormat format;
  if (statement != nullptr && statement->copy_format) format = *statement->copy_format;
  // The server knows best.
  const bool binary = decoded->format == wire::CopyResponse::Format::binary;
  if (binary != (format.kind == pipeline::CopyFormat::Kind::binary)) {
    format = {};
    if (binary) format.kind = pipeline::CopyFormat::Kind::binary;
  }
  const ResultContext context{statement, &journal_.scope().predicted(), gate_.catalog()};
  reading_->begin_copy(desk_->classifier(), unnamed_columns(decoded->column_formats.size(), context), format);
  if (reading_->wants_row()) mode_ = Mode::copy;
}

// The event is written as soon as the tracker hears of the message, so what has come of the value by then has to do.
void ResultWatch::start_function(const wire::ReplyTracker::Entry& head, std::string_view part) {
  constexpr std::size_t kLength = sizeof(std::uint32_t);
  if (!read_with(current_statement(journal_.flight(head.payload)))) return;
  const AuditedStatement* statement = current_statement(journal_.flight(head.payload));
  pipeline::ResultColumn column;
  const auto& functions = statement->judgement()->facts->functions;
  if (!functions.empty()) column.name = last_part(functions.front());
  reading_->begin(desk_->classifier(), desk_->classifier()->shape_of({&column, 1}));
  const bool null = part.starts_with("\xFF\xFF\xFF\xFF");
  if (reading_->wants_row() && part.size() > kLength && !null) reading_->single_value(part.substr(kLength));
}

}  // namespace sqlproxy::frontend
