#include "wire/messages/severity.hpp"

#include <algorithm>
#include <cstddef>

#include "wire/message_writer.hpp"
#include "wire/messages/error_field.hpp"

namespace sqlproxy::wire {
namespace {

constexpr std::size_t kMaxText = 64 * 1024;

bool is_continuation_byte(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

std::string sendable(std::string_view text) {
  std::size_t size = std::min(text.size(), kMaxText);
  if (size < text.size()) {
    while (size > 0 && is_continuation_byte(text[size])) --size;
  }
  std::string result(text.substr(0, size));
  std::ranges::replace(result, '\0', '?');
  return result;
}

void put_field(MessageWriter& writer, ErrorField code, std::string_view value) {
  writer.u8(static_cast<std::uint8_t>(code));
  writer.cstring(value);
}

BackendType message_type(Severity severity) {
  switch (severity) {
    case Severity::error:
    case Severity::fatal:
    case Severity::panic: return BackendType::ErrorResponse;
    case Severity::warning:
    case Severity::notice:
    case Severity::info:
    case Severity::debug:
    case Severity::log: break;
  }
  return BackendType::NoticeResponse;
}

}  // namespace

std::string_view severity_text(Severity severity) noexcept {
  switch (severity) {
    case Severity::error: return "ERROR";
    case Severity::fatal: return "FATAL";
    case Severity::panic: return "PANIC";
    case Severity::warning: return "WARNING";
    case Severity::notice: return "NOTICE";
    case Severity::info: return "INFO";
    case Severity::debug: return "DEBUG";
    case Severity::log: return "LOG";
  }
  return "ERROR";
}

void append_error(std::string& out, Severity severity, const core::Error& error) {
  MessageWriter writer(out);
  writer.begin(message_type(severity));
  put_field(writer, ErrorField::SeverityLocalized, severity_text(severity));
  put_field(writer, ErrorField::Severity, severity_text(severity));
  put_field(writer, ErrorField::Code, sendable(error.sqlstate.text()));
  put_field(writer, ErrorField::Message, sendable(error.message));
  if (!error.detail.empty()) put_field(writer, ErrorField::Detail, sendable(error.detail));
  if (!error.hint.empty()) put_field(writer, ErrorField::Hint, sendable(error.hint));
  if (error.position > 0) put_field(writer, ErrorField::Position, std::to_string(error.position));
  writer.u8(0);
  writer.end_bounded();
}

}  // namespace sqlproxy::wire
