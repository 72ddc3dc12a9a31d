#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "wire/protocol_version.hpp"

namespace sqlproxy::wire {

// Tells a client that its minor version or some of its protocol options are not spoken (protocol.md 1.5). At most once,
// before the first Authentication.
struct NegotiateProtocolVersion {
  // The newest that the server speaks of the major version asked for.
  ProtocolVersion version = kProtocol30;
  // Names of the options that are not known, as the client wrote them. Views into the decoded body.
  std::vector<std::string_view> unrecognized_options;

  [[nodiscard]] static core::Result<NegotiateProtocolVersion> decode(std::string_view body);
  [[nodiscard]] core::Status encode(std::string& out) const;
};

}  // namespace sqlproxy::wire
