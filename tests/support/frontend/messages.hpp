#pragma once

#include <string>
#include <string_view>

#include "wire/message_type.hpp"
#include "wire/message_writer.hpp"
#include "wire/messages/bind.hpp"
#include "wire/messages/close.hpp"
#include "wire/messages/describe.hpp"
#include "wire/messages/execute.hpp"
#include "wire/messages/parse.hpp"
#include "wire/messages/query.hpp"
#include "wire/messages/severity.hpp"

// Messages as clients and servers send them, for scripts of sessions.
namespace sqlproxy::frontend::testing {

inline std::string message(wire::FrontendType type, std::string_view body = {}) {
  std::string out;
  (void)wire::append_message(out, type, body);
  return out;
}

inline std::string message(wire::BackendType type, std::string_view body = {}) {
  std::string out;
  (void)wire::append_message(out, type, body);
  return out;
}

template <class Message>
std::string encoded(const Message& message) {
  std::string out;
  (void)message.encode(out);
  return out;
}

inline std::string query(std::string_view text) {
  return encoded(wire::Query{text});
}
inline std::string parse(std::string_view name, std::string_view text) {
  return encoded(wire::Parse{.statement = name, .text = text, .parameter_types = {}});
}
inline std::string bind_portal(std::string_view portal, std::string_view statement) {
  wire::Bind made;
  made.portal = portal;
  made.statement = statement;
  return encoded(made);
}
inline std::string describe(wire::DescribeTarget target, std::string_view name) {
  return encoded(wire::Describe{target, name});
}
inline std::string execute(std::string_view portal, std::int32_t max_rows = 0) {
  return encoded(wire::Execute{portal, max_rows});
}
inline std::string close(wire::DescribeTarget target, std::string_view name) {
  return encoded(wire::Close{target, name});
}
inline std::string sync() {
  return message(wire::FrontendType::Sync);
}
inline std::string flush() {
  return message(wire::FrontendType::Flush);
}
// A call with no arguments and a text result.
inline std::string function_call(std::uint32_t oid) {
  std::string body;
  for (int shift = 24; shift >= 0; shift -= 8) body.push_back(static_cast<char>(oid >> shift & 0xFF));
  return message(wire::FrontendType::FunctionCall, body + std::string(6, '\0'));
}

inline std::string ready(char status) {
  return message(wire::BackendType::ReadyForQuery, {&status, 1});
}
inline std::string complete(std::string_view tag) {
  return message(wire::BackendType::CommandComplete, std::string(tag) + '\0');
}
inline std::string parsed() {
  return message(wire::BackendType::ParseComplete);
}
inline std::string bound() {
  return message(wire::BackendType::BindComplete);
}
inline std::string closed() {
  return message(wire::BackendType::CloseComplete);
}
inline std::string error(std::string_view sqlstate, std::string_view text) {
  return message(wire::BackendType::ErrorResponse, "SERROR" + std::string(1, '\0') + "VERROR" + std::string(1, '\0') +
                                                       "C" + std::string(sqlstate) + std::string(1, '\0') + "M" +
                                                       std::string(text) + std::string(2, '\0'));
}

}  // namespace sqlproxy::frontend::testing
