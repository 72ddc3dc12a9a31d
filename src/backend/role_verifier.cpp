#include "backend/role_verifier.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "wire/password_verifier.hpp"

namespace sqlproxy::backend {
namespace {

// Beyond a year nothing that depends on the time left looks at it.
constexpr double kLongestSeconds = 366.0 * 24 * 3600;

core::Error unusable(std::string message) {
  return core::make_error(core::ErrorCode::unavailable, core::sqlstate::kInternalError, std::move(message));
}

// The double precision text of PostgreSQL, "Infinity" included; none for anything else, NaN too.
std::optional<double> parse_seconds(std::string_view text) {
  double seconds = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, seconds);
  if (error != std::errc() || end != last || std::isnan(seconds)) return std::nullopt;
  return seconds;
}

RoleVerifierPtr parse_verifier(const core::Secret& text) {
  auto verifier = std::make_shared<RoleVerifier>();
  switch (wire::verifier_kind(text.reveal())) {
    case wire::VerifierKind::scram_sha_256: verifier->scram = wire::ScramVerifier::parse(text.reveal()); break;
    case wire::VerifierKind::md5: verifier->md5 = text; break;
    case wire::VerifierKind::plaintext: return nullptr;
  }
  return verifier;
}

}  // namespace

core::Result<VerifierAnswer> read_verifier(std::string_view user, const std::vector<VerifierRow>& rows) {
  VerifierAnswer answer;
  if (rows.empty()) return answer;
  if (rows.size() > 1) return unusable("auth_query gave more than one row for a user");
  const VerifierRow& row = rows.front();
  if (row.name != user) return unusable("auth_query gave a row for another user than it was asked for");
  if (row.seconds_left) {
    const auto seconds = parse_seconds(*row.seconds_left);
    if (!seconds) return unusable("the third column of auth_query is not a number of seconds");
    if (*seconds <= 0) return answer;
    if (*seconds < kLongestSeconds) {
      answer.valid_for = std::chrono::milliseconds(static_cast<std::int64_t>(*seconds * 1000));
    }
  }
  if (row.verifier) answer.verifier = parse_verifier(*row.verifier);
  return answer;
}

}  // namespace sqlproxy::backend
