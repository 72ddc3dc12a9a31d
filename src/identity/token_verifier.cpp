#include "identity/token_verifier.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "identity/base64url.hpp"
#include "identity/json_object.hpp"
#include "identity/key_file.hpp"

namespace sqlproxy::identity {
namespace {

using nlohmann::json;

// The year 9999 ends here: what is later is no date.
constexpr double kLastSecond = 253402300799.0;

core::Error refused(std::string why) {
  return core::make_error(core::ErrorCode::denied, core::sqlstate::kInvalidPassword, std::move(why));
}

bool is_text(const json& object, const char* name, std::string_view text) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() && found->get_ref<const std::string&>() == text;
}

// The member is `text`, or a list of texts that holds it.
bool names(const json& object, const std::string& name, std::string_view text) {
  const auto found = object.find(name);
  if (found == object.end()) return false;
  const auto is_it = [&](const json& value) {
    return value.is_string() && value.get_ref<const std::string&>() == text;
  };
  if (!found->is_array()) return is_it(*found);
  const bool all_texts = std::ranges::all_of(*found, [](const json& value) { return value.is_string(); });
  return all_texts && std::ranges::any_of(*found, is_it);
}

// A NumericDate (RFC 7519, section 2), in seconds since 1970. None when it is something else.
std::optional<double> date_of(const json& value) {
  if (!value.is_number()) return std::nullopt;
  const double seconds = value.get<double>();
  if (!std::isfinite(seconds) || seconds < 0 || seconds > kLastSecond) return std::nullopt;
  return seconds;
}

// Tokens for other purposes, of the same issuer and signed with the same keys, say so here (RFC 8725, section 3.11).
bool is_for_access(const json& header) {
  const auto found = header.find("typ");
  if (found == header.end()) return true;
  if (!found->is_string()) return false;
  std::string type = found->get<std::string>();
  std::ranges::transform(type, type.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (type.starts_with("application/")) type.erase(0, std::string_view("application/").size());
  return type == "jwt" || type == "at+jwt";
}

core::Status check_dates(const json& claims, double now, double leeway) {
  if (!claims.contains("exp")) return refused("it never expires");
  const auto expires = date_of(claims.at("exp"));
  if (!expires) return refused("its exp is not a date");
  if (now >= *expires + leeway) return refused("it has expired");
  for (const char* const name : {"nbf", "iat"}) {
    if (!claims.contains(name)) continue;
    const auto begins = date_of(claims.at(name));
    if (!begins) return refused(std::string("its ") + name + " is not a date");
    if (now < *begins - leeway) return refused(std::string("its ") + name + " lies in the future");
  }
  return {};
}

}  // namespace

core::Result<TokenVerifier> TokenVerifier::create(const config::Jwt& settings) {
  std::vector<VerificationKey> keys;
  if (!settings.keys.empty()) {
    auto read = read_keys(settings.keys);
    if (!read) return std::move(read).error();
    keys = *std::move(read);
  }
  if (settings.secret) keys.push_back(VerificationKey::of_secret(*settings.secret));
  const auto is_useful = [&](const VerificationKey& key) {
    return std::ranges::any_of(settings.algorithms, [&](JwtAlgorithm algorithm) { return key.serves(algorithm); });
  };
  if (std::ranges::none_of(keys, is_useful)) {
    return core::make_error(core::ErrorCode::invalid_input, core::sqlstate::kConfigFileError,
                            "none of the keys in \"" + settings.keys.string() + "\" fits the configured algorithms");
  }
  return TokenVerifier(settings, std::move(keys));
}

TokenVerifier::TokenVerifier(config::Jwt settings, std::vector<VerificationKey> keys)
    : settings_(std::move(settings)), keys_(std::move(keys)) {}

core::Status TokenVerifier::verify(std::string_view token, std::string_view user, core::WallTime now) const {
  if (token.size() > kMaxToken) return refused("it is too long");
  const std::size_t first = token.find('.');
  const std::size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) {
    return refused("it does not have three parts");
  }
  const auto header = base64url_decode(token.substr(0, first));
  const auto payload = base64url_decode(token.substr(first + 1, second - first - 1));
  const auto signature = base64url_decode(token.substr(second + 1));
  if (!header || !payload || !signature) return refused("it is not base64url");
  if (auto genuine = check_signature(*header, token.substr(0, second), *signature); !genuine) return genuine;
  return check_claims(*payload, user, now);
}

core::Status TokenVerifier::check_signature(std::string_view header_text, std::string_view signed_text,
                                            std::string_view signature) const {
  const auto header = parse_json_object(header_text);
  if (!header) return refused("its header is no sound JSON");
  // Extensions that have to be understood, an unencoded payload, and compression: there are none here.
  for (const char* const name : {"crit", "b64", "zip", "enc"}) {
    if (header->contains(name)) return refused(std::string("its header has ") + name);
  }
  if (!is_for_access(*header)) return refused("its typ is that of another kind of token");
  const auto name = header->find("alg");
  if (name == header->end() || !name->is_string()) return refused("its header names no algorithm");
  const auto algorithm = algorithm_named(name->get_ref<const std::string&>());
  if (!algorithm || std::ranges::find(settings_.algorithms, *algorithm) == settings_.algorithms.end()) {
    return refused("its algorithm is not a configured one");
  }
  const auto id = header->find("kid");
  if (id != header->end() && !id->is_string()) return refused("its kid is not a string");
  const std::string wanted = id == header->end() ? "" : id->get<std::string>();
  bool tried = false;
  for (const VerificationKey& key : keys_) {
    const bool may_be_it = wanted.empty() || key.id.empty() || key.id == wanted;
    if (!may_be_it || !key.serves(*algorithm)) continue;
    tried = true;
    if (key.verifies(*algorithm, signed_text, signature)) return {};
  }
  return refused(tried ? "its signature does not fit" : "there is no key of its kid and algorithm");
}

core::Status TokenVerifier::check_claims(std::string_view payload, std::string_view user, core::WallTime now) const {
  const auto claims = parse_json_object(payload);
  if (!claims) return refused("its claims are no sound JSON");
  if (!is_text(*claims, "iss", settings_.issuer)) return refused("it has another issuer");
  if (!names(*claims, "aud", settings_.audience)) return refused("it is meant for another audience");
  const std::chrono::duration<double> since_1970 = now.time_since_epoch();
  const std::chrono::duration<double> leeway = settings_.leeway;
  if (auto valid = check_dates(*claims, since_1970.count(), leeway.count()); !valid) return valid;
  if (!names(*claims, settings_.user_claim, user))
    return refused("its " + settings_.user_claim + " names another user");
  return {};
}

}  // namespace sqlproxy::identity
