#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/policy_options.hpp"
#include "pipeline/policy_rule.hpp"
#include "pipeline/policy_trie.hpp"
#include "pipeline/policy_view.hpp"
#include "pipeline/subject.hpp"

namespace sqlproxy::pipeline {

// All rules, compiled for lookup. Immutable and shared by all threads; a new one is made on reload.
//
// Invariant: the answer to a lookup does not depend on the order of the rules, but for which of two equal ones is
// named (the first).
class PolicySet {
 public:
  // `version` is shown as policy_version in the audit; empty: content_version().
  [[nodiscard]] static std::shared_ptr<const PolicySet> compile(std::vector<PolicyRule> rules, PolicyOptions options,
                                                                std::string version = {});
  PolicySet(const PolicySet&) = delete;
  PolicySet& operator=(const PolicySet&) = delete;

  // Hash over everything that the rules and options say, 32 hex digits; equal policies have equal versions, also
  // across restarts.
  [[nodiscard]] static std::string content_version(const std::vector<PolicyRule>& rules, const PolicyOptions& options);

  [[nodiscard]] const std::string& version() const { return version_; }
  [[nodiscard]] const PolicyOptions& options() const { return options_; }
  [[nodiscard]] const std::vector<PolicyRule>& rules() const { return rules_; }

  // A rule that blocks anything at all and speaks of the subject in the database, or null. Goes through the rules one
  // by one: for what is rare.
  [[nodiscard]] const PolicyRule* find_block(const Subject& subject, std::string_view database) const;

  // Dies with this set; does not look at `subject` or `database` later.
  [[nodiscard]] PolicyView view(const Subject& subject, std::string_view database) const {
    return {trie_, rules_, subject, database};
  }

 private:
  PolicySet(std::vector<PolicyRule> rules, PolicyOptions options, std::string version);

  // In this order: the trie is made from the rules.
  std::vector<PolicyRule> rules_;
  PolicyOptions options_;
  std::string version_;
  PolicyTrie trie_;
};

}  // namespace sqlproxy::pipeline
