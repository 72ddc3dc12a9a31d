#include "wire/messages/command_complete.hpp"

#include <charconv>
#include <utility>

#include "wire/byte_reader.hpp"
#include "wire/message_writer.hpp"

namespace sqlproxy::wire {
namespace {

// Takes the number after the last space off `text`; none, and no change, when there is no such number.
std::optional<std::uint64_t> take_last_number(std::string_view& text) noexcept {
  const std::size_t space = text.rfind(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const std::string_view digits = text.substr(space + 1);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || digits.empty() || end != digits.data() + digits.size()) return std::nullopt;
  text = text.substr(0, space);
  return number;
}

}  // namespace

CommandComplete CommandComplete::from_tag(std::string_view tag) noexcept {
  CommandComplete message{tag, tag, std::nullopt};
  message.rows = take_last_number(message.command);
  // "INSERT 0 5": the first number is the OID that rows once had.
  if (message.rows && message.command.starts_with("INSERT ")) (void)take_last_number(message.command);
  return message;
}

core::Result<CommandComplete> CommandComplete::decode(std::string_view body) {
  ByteReader reader(body);
  const std::string_view tag = reader.cstring();
  if (auto status = reader.finish(); !status) return std::move(status).error();
  return from_tag(tag);
}

core::Status CommandComplete::encode(std::string& out) const {
  MessageWriter writer(out);
  writer.begin(BackendType::CommandComplete);
  writer.cstring(tag);
  return writer.end();
}

}  // namespace sqlproxy::wire
