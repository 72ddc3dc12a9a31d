#include "pipeline/policy_set.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace sqlproxy::pipeline {
namespace {

// Writes values so that different ones never give the same bytes: each text is preceded by its length.
class ContentWriter {
 public:
  void number(std::uint64_t value) {
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    bytes_.append(digits.data(), end).push_back(';');
  }
  void text(std::string_view value) {
    number(value.size());
    bytes_.append(value);
  }
  void texts(const std::vector<std::string>& values) {
    number(values.size());
    for (const std::string& value : values) text(value);
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

void append_hex(std::string& out, std::uint64_t value) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (unsigned shift = 64; shift > 0; shift -= 4) out.push_back(kDigits[value >> (shift - 4) & 0xFU]);
}

}  // namespace

PolicySet::PolicySet(std::vector<PolicyRule> rules, PolicyOptions options, std::string version)
    : rules_(std::move(rules)), options_(options), version_(std::move(version)), trie_(rules_) {}

std::shared_ptr<const PolicySet> PolicySet::compile(std::vector<PolicyRule> rules, PolicyOptions options,
                                                    std::string version) {
  if (version.empty()) version = content_version(rules, options);
  return std::shared_ptr<const PolicySet>(new PolicySet(std::move(rules), options, std::move(version)));
}

std::string PolicySet::content_version(const std::vector<PolicyRule>& rules, const PolicyOptions& options) {
  ContentWriter content;
  content.number(static_cast<unsigned>(options.mode));
  content.number(static_cast<unsigned>(options.default_action));
  content.number(static_cast<unsigned>(options.catalogs));
  content.number(static_cast<unsigned>(options.unparsed));
  content.number(rules.size());
  for (const PolicyRule& rule : rules) {
    content.text(rule.id);
    content.texts(rule.users);
    content.texts(rule.roles);
    content.text(rule.database);
    content.text(rule.schema);
    content.texts(rule.tables);
    content.number(rule.function ? 1 : 0);
    content.text(rule.function.value_or(""));
    content.texts(rule.columns);
    content.number(rule.statements.bits());
    content.number(rule.names_session ? 1 : 0);
    content.number(static_cast<unsigned>(rule.action));
    content.text(rule.reason);
  }
  const XXH128_hash_t hash = XXH3_128bits(content.bytes().data(), content.bytes().size());
  std::string version;
  append_hex(version, hash.high64);
  append_hex(version, hash.low64);
  return version;
}

const PolicyRule* PolicySet::find_block(const Subject& subject, std::string_view database) const {
  const auto is_everyone = [](const std::string& name) { return name == "*"; };
  const auto names_subject = [&](const PolicyRule& rule) {
    return std::ranges::any_of(rule.users, is_everyone) || std::ranges::any_of(rule.roles, is_everyone) ||
           std::ranges::find(rule.users, subject.user) != rule.users.end() ||
           std::ranges::find_first_of(rule.roles, subject.roles) != rule.roles.end();
  };
  const auto found = std::ranges::find_if(rules_, [&](const PolicyRule& rule) {
    const bool here = rule.database == "*" || rule.database == database;
    return rule.action == PolicyAction::block && here && names_subject(rule);
  });
  return found != rules_.end() ? &*found : nullptr;
}

}  // namespace sqlproxy::pipeline
