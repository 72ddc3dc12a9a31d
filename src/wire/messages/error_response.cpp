#include "wire/messages/error_response.hpp"

#include <algorithm>
#include <utility>

#include "wire/byte_reader.hpp"
#include "wire/message_writer.hpp"

namespace sqlproxy::wire {
namespace {

// Reads fields up to the terminator, or up to where `reader` fails.
std::vector<ErrorResponse::Field> read_fields(ByteReader& reader) {
  std::vector<ErrorResponse::Field> fields;
  while (true) {
    const std::uint8_t code = reader.u8();
    if (!reader.ok() || code == 0) return fields;
    const std::string_view value = reader.cstring();
    if (!reader.ok()) return fields;
    fields.push_back({static_cast<ErrorField>(code), value});
  }
}

bool is_sqlstate(std::string_view text) {
  return text.size() == core::SqlState().text().size() &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); });
}

}  // namespace

core::Result<ErrorResponse> ErrorResponse::decode(std::string_view body) {
  ByteReader reader(body);
  ErrorResponse message{read_fields(reader)};
  if (auto status = reader.finish(); !status) return std::move(status).error();
  return message;
}

ErrorResponse ErrorResponse::decode_prefix(std::string_view available) {
  ByteReader reader(available);
  return {read_fields(reader)};
}

std::optional<std::string_view> ErrorResponse::find(ErrorField code) const noexcept {
  const auto field = std::ranges::find(fields, code, &Field::code);
  if (field == fields.end()) return std::nullopt;
  return field->value;
}

core::SqlState ErrorResponse::sqlstate() const noexcept {
  const std::string_view code = find(ErrorField::Code).value_or("");
  return is_sqlstate(code) ? core::SqlState(code) : core::sqlstate::kInternalError;
}

std::string_view ErrorResponse::message() const noexcept {
  return find(ErrorField::Message).value_or("");
}

std::string_view ErrorResponse::severity() const noexcept {
  if (const auto severity = find(ErrorField::Severity)) return *severity;
  return find(ErrorField::SeverityLocalized).value_or("");
}

bool ErrorResponse::ends_session() const noexcept {
  return severity() == "FATAL" || severity() == "PANIC";
}

void ErrorResponse::erase(ErrorField code) {
  std::erase_if(fields, [code](const Field& field) { return field.code == code; });
}

core::Status ErrorResponse::encode(std::string& out, BackendType type) const {
  MessageWriter writer(out);
  writer.begin(type);
  for (const Field& field : fields) {
    writer.u8(static_cast<std::uint8_t>(field.code));
    writer.cstring(field.value);
  }
  writer.u8(0);
  return writer.end();
}

}  // namespace sqlproxy::wire
