#include "config/loading/access_checks.hpp"

#include <algorithm>

#include "config/loading/auth_methods.hpp"
#include "config/loading/verifier_syntax.hpp"

namespace sqlproxy::config::loading {

namespace {

// A method that the file asks for, and where.
struct MethodUse {
  AuthMethod method;
  AuthRuleType type;
  Place place;
};

// The place of `table`'s KEY, or the file as a whole where a default is meant.
Place place_in(const toml::node* table, std::string_view key) {
  const toml::table* const fields = table == nullptr ? nullptr : table->as_table();
  const toml::node* const value = fields == nullptr ? nullptr : fields->get(key);
  return value == nullptr ? Place{} : place_of(*value);
}

std::vector<MethodUse> methods_in_use(const toml::table& root, const Auth& auth) {
  const toml::node* const table = root.get("auth");
  if (auth.rules.empty()) return {{auth.method, AuthRuleType::host, place_in(table, "method")}};
  std::vector<MethodUse> uses;
  for (const AuthRule& rule : auth.rules) uses.push_back({rule.method, rule.type, Place{rule.line, 1}});
  return uses;
}

std::string_view word_for(AuthMethod method) {
  return std::ranges::find(kAuthMethods, method, &Choice<AuthMethod>::value)->word;
}

// Needs neither a verifier nor a password of [[users]]; leaves nothing that a server would take either.
bool uses_no_verifier(const MethodUse& use) {
  return use.method == AuthMethod::trust || use.method == AuthMethod::cert || use.method == AuthMethod::jwt;
}

// The client sends what nobody else may see.
bool is_secret_in_clear(AuthMethod method) {
  return method == AuthMethod::password || method == AuthMethod::jwt;
}

void check_settings_of(const MethodUse& use, const Config& config, FaultList& faults) {
  const ServerTls& tls = config.server.tls;
  if (use.method == AuthMethod::cert && (tls.mode == ClientTlsMode::disable || tls.client_ca.empty())) {
    faults.fault(use.place, R"(the method "cert" needs [server.tls] with "client_ca")");
  }
  if (use.method == AuthMethod::jwt && !config.auth.jwt) {
    faults.fault(use.place, R"(the method "jwt" needs [auth.jwt])");
  }
}

void check_methods(const std::vector<MethodUse>& uses, const Config& config, FaultList& faults) {
  const ServerTls& tls = config.server.tls;
  const bool has_tls = tls.mode != ClientTlsMode::disable;
  for (const MethodUse& use : uses) {
    check_settings_of(use, config, faults);
    if (uses_no_verifier(use) && config.has_passthrough()) {
      faults.warn(use.place, "the method " + in_quotes(word_for(use.method)) +
                                 R"( lets nobody in to databases with identity = "passthrough")");
    }
    const bool plain = use.type != AuthRuleType::hostssl && use.type != AuthRuleType::local;
    const bool tls_is_demanded = tls.mode == ClientTlsMode::require || tls.mode == ClientTlsMode::verify_full;
    if (is_secret_in_clear(use.method) && plain && !tls_is_demanded) {
      faults.warn(
          use.place,
          use.method == AuthMethod::password
              ? R"(the method "password" sends passwords in clear text to whoever connects without TLS)"
              : "the method " + in_quotes(word_for(use.method)) + " refuses whoever connects over TCP without TLS");
    }
    if (use.type == AuthRuleType::hostssl && !has_tls) {
      faults.warn(use.place, R"(a rule of type "hostssl" never matches while [server.tls] is disabled)");
    }
  }
}

void check_user(const User& user, Place place, const std::vector<MethodUse>& uses, FaultList& faults) {
  const bool every_method_asks = std::ranges::none_of(uses, uses_no_verifier);
  if (user.name.empty()) return;  // reported by then
  if (!user.verifier && !user.password) {
    if (every_method_asks) {
      faults.warn(place,
                  "the user " + in_quotes(user.name) + " cannot log in: there is neither a verifier nor a password");
    }
    return;
  }
  const bool md5_only = user.verifier && verifier_kind(user.verifier->reveal()) == VerifierKind::md5;
  const bool scram_only =
      std::ranges::all_of(uses, [](const MethodUse& use) { return use.method == AuthMethod::scram_sha_256; });
  if (md5_only && scram_only) {
    faults.warn(place, "the user " + in_quotes(user.name) +
                           R"( cannot log in: an md5 verifier does not serve "scram-sha-256")");
  }
}

}  // namespace

void check_access(const toml::table& root, LoadContext& context) {
  const Config& config = context.config;
  const std::vector<MethodUse> uses = methods_in_use(root, config.auth);
  check_methods(uses, config, context.faults);

  // Users without credentials may be there for their roles: the server has the credentials.
  if (config.has_passthrough()) return;
  // As many as there are tables in [[users]], in their order; what is no table has been reported.
  const toml::array* const entries = root.get_as<toml::array>("users");
  std::size_t next = 0;
  for (std::size_t i = 0; entries != nullptr && i < entries->size() && next < config.users.size(); ++i) {
    const toml::node& entry = *entries->get(i);
    if (entry.is_table()) check_user(config.users[next++], place_of(entry), uses, context.faults);
  }
}

}  // namespace sqlproxy::config::loading
