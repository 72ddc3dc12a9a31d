#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/secret.hpp"
#include "wire/scram_verifier.hpp"

namespace sqlproxy::backend {

// What a server keeps of the password of one role that may log in. One of the two is set. Immutable once shared.
struct RoleVerifier {
  std::optional<wire::ScramVerifier> scram;
  std::optional<core::Secret> md5;  // "md5" and 32 digits
};

// Null: nobody can log in by that name with a password, whatever the reason is.
using RoleVerifierPtr = std::shared_ptr<const RoleVerifier>;

struct VerifierAnswer {
  RoleVerifierPtr verifier;
  // For how long the server lets the role use the password; none: without end.
  std::optional<std::chrono::milliseconds> valid_for;
};

// A row that auth_query gave: name, verifier and, where the query has a third column, the seconds for which it is
// valid. None stands for NULL.
struct VerifierRow {
  std::optional<std::string> name;
  std::optional<core::Secret> verifier;
  std::optional<std::string> seconds_left;
};

// Reads what auth_query gave for `user`. An error, kInternalError, is a fault of the query: more than one row, a row
// for somebody else, a third column that is no number.
[[nodiscard]] core::Result<VerifierAnswer> read_verifier(std::string_view user, const std::vector<VerifierRow>& rows);

}  // namespace sqlproxy::backend
