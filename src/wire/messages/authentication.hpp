#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace sqlproxy::wire {

// A server's side of the authentication: everything with letter 'R'. Members are views into the decoded body, or, when
// built by one of the functions below, into what was given to it.
struct Authentication {
  enum class Kind : std::uint32_t {
    Ok = 0,
    KerberosV5 = 2,
    CleartextPassword = 3,
    MD5Password = 5,
    GSS = 7,
    GSSContinue = 8,
    SSPI = 9,
    SASL = 10,
    SASLContinue = 11,
    SASLFinal = 12,
  };

  Kind kind = Kind::Ok;
  // MD5Password: the four bytes of salt. GSSContinue, SASLContinue, SASLFinal: the mechanism's data.
  std::string_view data;
  // SASL: what the server offers, in its order of preference; at least one after decode().
  std::vector<std::string_view> mechanisms;

  [[nodiscard]] static Authentication ok() { return {}; }
  [[nodiscard]] static Authentication cleartext_password() { return {Kind::CleartextPassword, {}, {}}; }
  // Requires: salt.size() == 4.
  [[nodiscard]] static Authentication md5_password(std::string_view salt) { return {Kind::MD5Password, salt, {}}; }
  [[nodiscard]] static Authentication sasl(std::vector<std::string_view> mechanisms);
  [[nodiscard]] static Authentication sasl_continue(std::string_view data) { return {Kind::SASLContinue, data, {}}; }
  [[nodiscard]] static Authentication sasl_final(std::string_view data) { return {Kind::SASLFinal, data, {}}; }

  // 0A000 for a kind that is none of the above; 08P01 for a malformed body.
  [[nodiscard]] static core::Result<Authentication> decode(std::string_view body);
  [[nodiscard]] core::Status encode(std::string& out) const;
};

}  // namespace sqlproxy::wire
