#include "frontend/reply_relay.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "core/log.hpp"
#include "wire/messages/error_response.hpp"
#include "wire/messages/parameter_status.hpp"

namespace sqlproxy::frontend {
namespace {

using wire::BackendType;
using Verdict = wire::ReplyTracker::Verdict;

// Messages that are looked at are held whole up to this size; of longer errors and notices the first part is enough.
constexpr std::size_t kMaxWholeMessage = std::size_t{1} << 20;
constexpr std::size_t kErrorPrefix = std::size_t{64} * 1024;

bool is_farewell(BackendType type, std::string_view body) {
  return type == BackendType::ErrorResponse && wire::ErrorResponse::decode_prefix(body).ends_session();
}

// Bodies that nothing is read from here: they are relayed as they come.
bool is_streamed(BackendType type) {
  return type == BackendType::DataRow || type == BackendType::CopyData || type == BackendType::FunctionCallResponse;
}

}  // namespace

net::Task<bool> ReplyRelay::on_server_input(backend::ServerConnection& connection) {
  core_.relay_running = true;
  // What is held back is bounded; the end of a lease never waits for it.
  while (core_.output.held_size() > ClientOutput::kMaxHeld && !core_.ending) co_await core_.changed.wait();
  net::InputBuffer& input = connection.input();
  const std::string_view data = input.data();
  std::size_t used = 0;
  Step step = Step::next;
  while (step == Step::next && used < data.size()) step = relay_one(connection, data.substr(used), used);

  std::size_t sent = 0;
  if (!holds_.empty()) {
    co_await send_batch();
  } else if (!batch_.empty() && !core_.output.try_write(batch_.view(), sent)) {
    // A client that does not read stops this server connection from being read, and nothing else.
    if (!co_await core_.output.write(batch_.view().substr(sent))) core_.on_client_lost();
  }
  batch_.clear();
  // The session may have let go of the connection while the client was slow; the input is the connection's all the
  // same.
  input.consume(used);
  core_.relay_running = false;
  core_.within_message = body_left_ != 0 && body_forwarded_;
  core_.changed.notify_all();
  if (!core_.within_message) core_.on_relay_idle();
  if (step == Step::violation) core::log().error("server sent a message that is not in order; closing the connection");
  co_return step != Step::violation;
}

void ReplyRelay::on_server_closed(backend::ServerConnection& /*connection*/) {
  core_.relay_running = false;
  core_.changed.notify_all();
  if (!core_.server_replaceable) core_.client.cancel();
}

ReplyRelay::Step ReplyRelay::relay_one(backend::ServerConnection& connection, std::string_view rest,
                                       std::size_t& used) {
  if (body_left_ != 0) {
    const std::size_t size = std::min(body_left_, rest.size());
    if (body_forwarded_) forward(rest.substr(0, size));
    core_.results.on_more(rest.substr(0, size));
    body_left_ -= size;
    used += size;
    if (body_left_ == 0) take_local();
    return Step::next;
  }
  if (rest.size() < wire::FrameHeader::kSize) return Step::more_input;
  const auto header = wire::decode_frame_header(rest);
  if (!header || !wire::is_known(static_cast<BackendType>(header->type))) return Step::violation;
  if (is_streamed(static_cast<BackendType>(header->type)) && !within_own()) return relay_streamed(*header, rest, used);
  return relay_whole(connection, *header, rest, used);
}

ReplyRelay::Step ReplyRelay::relay_streamed(const wire::FrameHeader& header, std::string_view rest, std::size_t& used) {
  const auto type = static_cast<BackendType>(header.type);
  if (!core_.tracker.empty()) {
    const std::string_view body = rest.substr(wire::FrameHeader::kSize).substr(0, header.body_size);
    core_.results.on_streamed(type, core_.tracker.head(), body, header.body_size);
  }
  const Verdict verdict = core_.tracker.on_message(type, {});
  if (verdict != Verdict::forward && verdict != Verdict::swallow) return Step::violation;
  if (type == BackendType::DataRow) core_.journal.count_row();
  body_forwarded_ = verdict == Verdict::forward;
  const std::size_t size = std::min(static_cast<std::size_t>(header.frame_size()), rest.size());
  if (body_forwarded_) forward(rest.substr(0, size));
  body_left_ = static_cast<std::size_t>(header.frame_size()) - size;
  used += size;
  return Step::next;
}

ReplyRelay::Step ReplyRelay::relay_whole(backend::ServerConnection& connection, const wire::FrameHeader& header,
                                         std::string_view rest, std::size_t& used) {
  const auto type = static_cast<BackendType>(header.type);
  const auto frame_size = static_cast<std::size_t>(header.frame_size());
  const bool text = type == BackendType::ErrorResponse || type == BackendType::NoticeResponse;
  const bool in_part = text && frame_size > kMaxWholeMessage;
  if (!text && frame_size > kMaxWholeMessage) return Step::violation;
  const std::size_t needed = in_part ? kErrorPrefix : frame_size;
  if (rest.size() < needed) {
    // What is unread moves with the buffer; `rest` is not used any more.
    return Step::more_input;
  }
  const std::string_view body = rest.substr(wire::FrameHeader::kSize, needed - wire::FrameHeader::kSize);
  const std::size_t available = std::min(frame_size, rest.size());
  if (type == BackendType::NotificationResponse && core_.make_notifications) {
    return route_notification(connection, rest.substr(0, frame_size), used);
  }
  // Before the tracker is told: this may be what completes a statement, and is a part of its answer.
  if (type == BackendType::ErrorResponse) note_failing_copy(body);
  // A farewell behind the answer that ends the lease is the connection's, and not the session's.
  const bool own = within_own() || (is_farewell(type, body) && core_.server_is_spare());
  if (!own) core_.journal.count_bytes(available);
  if (text) reach_ = reach_of_head(core_);
  if (!own && !core_.tracker.empty()) core_.results.on_message(type, core_.tracker.head(), body);
  switch (core_.tracker.on_message(type, body)) {
    case Verdict::violation: return Step::violation;
    case Verdict::forward:
      // What comes unasked while the proxy asks something itself is about that, and not the client's to see; except
      // what the client listens to. An error is the one of the client's next message, or the farewell of a connection
      // that the session can do without.
      body_forwarded_ = !own || type == BackendType::NotificationResponse ||
                        (type == BackendType::ErrorResponse && !is_farewell(type, body));
      if (type == BackendType::ReadyForQuery) hold_if_unsettled();
      if (!body_forwarded_) break;
      if (!forward_rewritten(type, body, needed == frame_size)) {
        batch_.relay(rest.substr(0, available));
      } else if (in_part) {
        body_forwarded_ = false;  // what went out is whole
      }
      break;
    case Verdict::swallow:
      body_forwarded_ = false;
      if (type == BackendType::DataRow) core_.journal.own_row(core_.tracker.head().payload, body);
      if (type == BackendType::ReadyForQuery && !within_own() && !core_.reported.empty()) {
        core_.report_parameters(batch_.own());
      }
      break;
    case Verdict::replace:
      body_forwarded_ = false;
      batch_.own() += core_.tracker.replacement();
      break;
  }
  note(connection, type, body);
  body_left_ = frame_size - available;
  used += available;
  if (body_left_ == 0) take_local();
  return Step::next;
}

// Messages that are not passed on as they come: errors and notices that show what the user may not read; and two of
// which the server knows less than the client: an error that calls a prepared statement by its name on the server, and
// the report of an application_name that was reset, which on the server is to none and for the client to that of its
// login.
bool ReplyRelay::forward_rewritten(BackendType type, std::string_view body, bool whole) {
  if (type == BackendType::ErrorResponse || type == BackendType::NoticeResponse) return forward_text(type, body, whole);
  if (!core_.transaction_pooling || type != BackendType::ParameterStatus || core_.login_application_name.empty()) {
    return false;
  }
  const auto status = wire::ParameterStatus::decode(body);
  if (!status || status->name != "application_name" || !status->value.empty() || !core_.journal.settings_reset()) {
    return false;
  }
  const wire::ParameterStatus shown{status->name, core_.login_application_name};
  const std::string* told = core_.reported.find(status->name);
  if (told == nullptr || *told != shown.value) (void)shown.encode(batch_.own());
  return true;
}

bool ReplyRelay::forward_text(BackendType type, std::string_view body, bool whole) {
  if (core_.transaction_pooling && whole && type == BackendType::ErrorResponse) {
    if (const std::string explanation = core_.journal.take_explanation(); !explanation.empty()) {
      batch_.own() += explanation;
      return true;
    }
  }
  const bool names_statement = core_.transaction_pooling && type == BackendType::ErrorResponse && whole &&
                               body.find(backend::StatementStore::kPrefix) != std::string_view::npos;
  const pipeline::MessageRights rights = core_.gate.message_rights(core_.journal.scope().predicted());
  if (!names_statement && rights.unrestricted()) return false;
  // Of one that is too long to be held the first fields go out, and the rest is dropped.
  auto message = wire::ErrorResponse::decode_prefix(body);
  std::vector<std::string> texts;
  bool changed = !whole;
  if (!message.ends_session()) changed = reduce_message(message, reach_, rights, texts) || changed;
  std::string renamed;
  if (names_statement) changed = show_clients_names(message, renamed) || changed;
  return changed && message.encode(batch_.own(), type).has_value();
}

// Errors call prepared statements as the server does.
bool ReplyRelay::show_clients_names(wire::ErrorResponse& message, std::string& storage) {
  const auto primary = std::ranges::find(message.fields, wire::ErrorField::Message, &wire::ErrorResponse::Field::code);
  if (primary == message.fields.end()) return false;
  storage = primary->value;
  bool found = false;
  core_.journal.statements().for_each([&](std::string_view name, const PreparedPtr& statement) {
    if (!statement || !statement->source || statement->source->server_name.empty()) return;
    const std::string server_name = '"' + statement->source->server_name + '"';
    if (const std::size_t at = storage.find(server_name); at != std::string::npos) {
      storage.replace(at, server_name.size(), '"' + std::string(name) + '"');
      found = true;
    }
  });
  primary->value = storage;
  return found;
}

ReplyRelay::Step ReplyRelay::route_notification(backend::ServerConnection& connection, std::string_view frame,
                                                std::size_t& used) {
  std::string shown;
  const std::string_view body = frame.substr(wire::FrameHeader::kSize);
  if (!core_.need_notifications().take_from_server(body, connection.greeting().process_id, shown))
    return Step::violation;
  if (!shown.empty()) {
    core_.journal.count_bytes(shown.size());
    batch_.own() += shown;
  }
  used += frame.size();
  return Step::next;
}

// A COPY that fails before it has read anything has not read the Syncs either that were taken for ignored. One that is
// cancelled was reading.
void ReplyRelay::note_failing_copy(std::string_view body) {
  if (!core_.tracker.in_copy_in()) return;
  const int dropped = std::exchange(core_.dropped_syncs, 0);
  const bool cancelled = wire::ErrorResponse::decode_prefix(body).sqlstate().error_class() == "57";
  if (!core_.copy_data_sent && !cancelled) core_.held_syncs = dropped;
}

bool ReplyRelay::within_own() const {
  return core_.server_replaceable || (!core_.tracker.empty() && core_.tracker.head().is_own());
}

void ReplyRelay::forward(std::string_view bytes) {
  core_.journal.count_bytes(bytes.size());
  batch_.relay(bytes);
}

void ReplyRelay::hold_if_unsettled() {
  if (const audit::Ticket ticket = core_.journal.audit().trail.unsettled(); ticket.accepted()) {
    holds_.push_back({batch_.view().size(), ticket});
  }
}

net::Task<void> ReplyRelay::send_batch() {
  const std::string_view bytes = batch_.view();
  std::size_t at = 0;
  bool reached = true;
  for (const Hold& hold : holds_) {
    if (hold.at != at) reached = co_await core_.output.write(bytes.substr(at, hold.at - at));
    at = hold.at;
    core_.output.hold_for(hold.ticket);
  }
  holds_.clear();
  if (at != bytes.size()) reached = co_await core_.output.write(bytes.substr(at)) && reached;
  if (!reached) core_.on_client_lost();
}

void ReplyRelay::take_local() {
  if (!core_.tracker.has_local() || core_.fatal_relayed) return;
  hold_if_unsettled();
  core_.tracker.take_local(batch_.own());
}

void ReplyRelay::note(backend::ServerConnection& connection, BackendType type, std::string_view body) {
  // The COPY reads, and with it goes what was kept back.
  if (type == BackendType::CopyInResponse) core_.dropped_syncs += std::exchange(core_.held_syncs, 0);
  if (type == BackendType::ParameterStatus) note_parameter(connection, body);
  if (!is_farewell(type, body)) return;
  if (body_forwarded_) core_.fatal_relayed = true;
  // Nothing comes behind it, and until its end is read the connection must not look usable.
  connection.close();
}

void ReplyRelay::note_parameter(backend::ServerConnection& connection, std::string_view body) {
  const auto status = wire::ParameterStatus::decode(body);
  if (!status) return;
  connection.note_parameter(status->name, status->value);
  if (within_own()) return;
  const bool reset = status->name == "application_name" && status->value.empty() && core_.journal.settings_reset();
  core_.note_parameter(status->name, reset ? core_.login_application_name : status->value);
}

}  // namespace sqlproxy::frontend
