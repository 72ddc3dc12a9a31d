#include "config/loading/jwt_table.hpp"

#include <algorithm>

#include "config/loading/readable.hpp"

namespace sqlproxy::config::loading {

namespace {

constexpr Choice<JwtAlgorithm> kAlgorithms[] = {
    {"HS256", JwtAlgorithm::hs256}, {"HS384", JwtAlgorithm::hs384}, {"HS512", JwtAlgorithm::hs512},
    {"RS256", JwtAlgorithm::rs256}, {"RS384", JwtAlgorithm::rs384}, {"RS512", JwtAlgorithm::rs512},
    {"PS256", JwtAlgorithm::ps256}, {"PS384", JwtAlgorithm::ps384}, {"PS512", JwtAlgorithm::ps512},
    {"ES256", JwtAlgorithm::es256}, {"ES384", JwtAlgorithm::es384}, {"ES512", JwtAlgorithm::es512},
    {"EdDSA", JwtAlgorithm::eddsa},
};

constexpr std::chrono::milliseconds kLongestLeeway = std::chrono::minutes(10);

// A secret is to be as long as the hash (RFC 7518, section 3.2); 0 for algorithms with public keys.
std::size_t secret_bytes(JwtAlgorithm algorithm) {
  switch (algorithm) {
    case JwtAlgorithm::hs256: return 32;
    case JwtAlgorithm::hs384: return 48;
    case JwtAlgorithm::hs512: return 64;
    default: return 0;
  }
}

// What the keys are good for without further words.
std::vector<JwtAlgorithm> default_algorithms(const Jwt& jwt) {
  std::vector<JwtAlgorithm> algorithms;
  if (!jwt.keys.empty()) algorithms = {JwtAlgorithm::rs256, JwtAlgorithm::es256, JwtAlgorithm::eddsa};
  if (jwt.secret) algorithms.push_back(JwtAlgorithm::hs256);
  return algorithms;
}

// The algorithm of that name, if there are keys for it.
std::optional<JwtAlgorithm> algorithm_of(const TableReader& table, const LocatedText& text) {
  const auto* const found = std::ranges::find(kAlgorithms, text.text(), &Choice<JwtAlgorithm>::word);
  if (found == std::end(kAlgorithms)) {
    std::string words;
    for (const auto& choice : kAlgorithms) words += (words.empty() ? "" : ", ") + in_quotes(choice.word);
    table.fault(text.place(), "\"algorithms\" may hold " + words + ", not " + text.shown());
    return std::nullopt;
  }
  const bool wants_secret = secret_bytes(found->value) != 0;
  if (!table.has(wants_secret ? "secret" : "keys")) {
    table.fault(text.place(), text.shown() + " needs " + (wants_secret ? "a \"secret\"" : "\"keys\""));
    return std::nullopt;
  }
  return found->value;
}

void load_algorithms(TableReader& table, Jwt& jwt) {
  const auto texts = table.located_texts("algorithms", Emptiness::refused);
  if (!texts) {
    jwt.algorithms = default_algorithms(jwt);
    return;
  }
  for (const LocatedText& text : *texts) {
    if (const auto algorithm = algorithm_of(table, text)) jwt.algorithms.push_back(*algorithm);
  }
}

void check_secret(const TableReader& table, const Jwt& jwt) {
  if (!jwt.secret) return;
  std::size_t needed = 0;
  for (const JwtAlgorithm algorithm : jwt.algorithms) needed = std::max(needed, secret_bytes(algorithm));
  if (needed == 0) {
    table.warn(table.place("secret"), "\"secret\" does nothing: no algorithm uses it");
  } else if (jwt.secret->reveal().size() < needed) {
    table.fault(table.place("secret"),
                "\"secret\" must have " + std::to_string(needed) + " bytes or more, as its algorithm's hash has");
  }
}

}  // namespace

void load_jwt(TableReader& auth, std::optional<Jwt>& out) {
  auto table = auth.table("jwt");
  if (!table) return;
  Jwt jwt;
  jwt.line = table->place().line;
  table->text("issuer", jwt.issuer);
  table->text("audience", jwt.audience);
  for (const char* const key : {"issuer", "audience"}) {
    if (!table->has(key)) table->fault(table->place(), table->name() + " lacks " + in_quotes(key));
  }
  if (table->path("keys", jwt.keys)) check_file(*table, "keys", jwt.keys);
  table->secret("secret", jwt.secret);
  if (!table->has("keys") && !table->has("secret")) {
    table->fault(table->place(), table->name() + " lacks \"keys\" (a JWKS or PEM file) or \"secret\"");
  } else {
    load_algorithms(*table, jwt);
  }
  check_secret(*table, jwt);
  table->text("user_claim", jwt.user_claim);
  table->duration("leeway", jwt.leeway, std::chrono::milliseconds(0), kLongestLeeway);
  table->finish();
  out = std::move(jwt);
}

}  // namespace sqlproxy::config::loading
