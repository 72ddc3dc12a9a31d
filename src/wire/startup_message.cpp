#include "wire/startup_message.hpp"

#include <algorithm>
#include <optional>

#include "core/identifier.hpp"
#include "wire/byte_reader.hpp"
#include "wire/message_writer.hpp"
#include "wire/protocol_error.hpp"
#include "wire/startup_packet.hpp"

namespace sqlproxy::wire {
namespace {

constexpr std::string_view kProtocolOptionPrefix = "_pq_.";

char ascii_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return ascii_lower(x) == ascii_lower(y); });
}

// PostgreSQL's parse_bool() (utils/adt/bool.c): these words and their unambiguous beginnings.
std::optional<bool> parse_bool(std::string_view text) {
  const auto begins = [&](std::string_view word, std::size_t at_least) {
    return text.size() >= at_least && text.size() <= word.size() &&
           equal_ignoring_case(text, word.substr(0, text.size()));
  };
  if (begins("true", 1) || begins("yes", 1) || begins("on", 2) || text == "1") return true;
  if (begins("false", 1) || begins("no", 1) || begins("off", 2) || text == "0") return false;
  return std::nullopt;
}

core::Result<StartupMessage::Replication> parse_replication(std::string_view value) {
  if (value == "database") return StartupMessage::Replication::logical;
  const std::optional<bool> enabled = parse_bool(value);
  if (!enabled) {
    return core::make_error(core::ErrorCode::invalid_input, core::sqlstate::kInvalidParameterValue,
                            "invalid value for parameter \"replication\"", {},
                            "Valid values are: \"false\", 0, \"true\", 1, \"database\".");
  }
  return *enabled ? StartupMessage::Replication::physical : StartupMessage::Replication::none;
}

void put_last(std::vector<StartupMessage::Parameter>& parameters, std::string_view name, std::string_view value) {
  std::erase_if(parameters, [&](const auto& known) { return equal_ignoring_case(known.name, name); });
  parameters.push_back({std::string(name), std::string(value)});
}

// Sets what may be given once only: two names for one session invite two readers to see different ones.
core::Status set_once(std::optional<std::string_view>& field, std::string_view name, std::string_view value) {
  if (field) return protocol_violation("duplicate parameter \"" + std::string(name) + "\" in startup packet");
  field = value;
  return {};
}

struct Identity {
  std::optional<std::string_view> user;
  std::optional<std::string_view> database;
};

core::Status take_parameter(StartupMessage& message, Identity& identity, std::string_view name,
                            std::string_view value) {
  if (name == "user") return set_once(identity.user, name, value);
  if (name == "database") return set_once(identity.database, name, value);
  if (name == "options") {
    message.options = value;
  } else if (name == "replication") {
    auto replication = parse_replication(value);
    if (!replication) return std::move(replication).error();
    message.replication = *replication;
  } else if (name.starts_with(kProtocolOptionPrefix)) {
    message.protocol_options.push_back({std::string(name), std::string(value)});
  } else {
    put_last(message.parameters, name, value);
  }
  return {};
}

core::Error unsupported_version(ProtocolVersion version) {
  return core::make_error(core::ErrorCode::unsupported, core::sqlstate::kFeatureNotSupported,
                          "unsupported frontend protocol " + std::to_string(version.major) + "." +
                              std::to_string(version.minor) + ": server supports 3.0 to 3.2");
}

std::string_view text_of(StartupMessage::Replication replication) {
  switch (replication) {
    case StartupMessage::Replication::none: break;
    case StartupMessage::Replication::physical: return "true";
    case StartupMessage::Replication::logical: return "database";
  }
  return {};
}

}  // namespace

core::Result<StartupMessage> StartupMessage::decode(std::string_view body) {
  ByteReader reader(body);
  StartupMessage message;
  message.version = ProtocolVersion::from_code(reader.u32());
  if (reader.ok() && message.version.major != kProtocol30.major) return unsupported_version(message.version);

  Identity identity;
  bool terminated = false;
  while (reader.ok() && !terminated) {
    const std::string_view name = reader.cstring();
    terminated = reader.ok() && name.empty();
    if (!reader.ok() || terminated) break;
    const std::string_view value = reader.cstring();
    if (!reader.ok()) break;
    if (auto status = take_parameter(message, identity, name, value); !status) return std::move(status).error();
  }
  if (!terminated || !reader.at_end()) {
    return protocol_violation("invalid startup packet layout: expected terminator as last byte");
  }

  message.user = core::truncate_hash_key(identity.user.value_or(""));
  if (message.user.empty()) {
    return core::make_error(core::ErrorCode::invalid_input, core::sqlstate::kInvalidAuthorizationSpecification,
                            "no PostgreSQL user name specified in startup packet");
  }
  message.database = core::truncate_hash_key(identity.database.value_or(""));
  if (message.database.empty()) message.database = message.user;
  return message;
}

core::Status StartupMessage::encode(std::string& out) const {
  const std::size_t start = out.size();
  MessageWriter writer(out);
  const auto put = [&](std::string_view name, std::string_view value) {
    writer.cstring(name);
    writer.cstring(value);
  };
  const auto put_unless_empty = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) put(name, value);
  };
  writer.begin_untyped();
  writer.u32(version.code());
  put_unless_empty("user", user);
  put_unless_empty("database", database);
  put_unless_empty("replication", text_of(replication));
  put_unless_empty("options", options);
  for (const Parameter& parameter : parameters) put(parameter.name, parameter.value);
  for (const Parameter& option : protocol_options) put(option.name, option.value);
  writer.u8(0);
  if (auto status = writer.end(); !status) return status;
  if (out.size() - start > kStartupLengthSize + kMaxStartupBody) {
    out.resize(start);
    return core::make_error(core::ErrorCode::limit_exceeded, core::sqlstate::kProgramLimitExceeded,
                            "startup packet is too long");
  }
  return {};
}

}  // namespace sqlproxy::wire
