#pragma once

#include <span>
#include <string_view>

#include "pipeline/catalog.hpp"
#include "pipeline/judge_arbiter.hpp"
#include "pipeline/name_scope.hpp"
#include "pipeline/policy_set.hpp"
#include "pipeline/subject.hpp"

namespace sqlproxy::pipeline {

// What one subject may see of the data that a server's errors and notices quote. Lives within the handling of one
// message; keeps references to all that it is given.
class MessageRights {
 public:
  // `catalog` null: nothing is known of any relation.
  MessageRights(const Subject& subject, const NameScope& scope, const Catalog* catalog, const PolicySet& policies);

  // Every relation of the database may be read, or the policy only observes: there is nothing to hide.
  [[nodiscard]] bool unrestricted() const { return unrestricted_; }
  // The relation may be read.
  [[nodiscard]] bool may_read(std::string_view schema, std::string_view name) const;
  // And everything that its rewrite rules read: a view that a rule names may be read without that.
  [[nodiscard]] bool may_read_behind(std::string_view schema, std::string_view name) const;
  // Some view may be read and what is behind it may not. Goes through the whole catalog.
  [[nodiscard]] bool some_view_hides() const;
  // A word or a quoted name in the text is that of a relation that may not be read, and none of `known`.
  [[nodiscard]] bool names_hidden(std::string_view text, std::span<const std::string_view> known = {}) const;

 private:
  [[nodiscard]] bool is_hidden_name(std::string_view word) const;

  const Catalog* catalog_;
  Arbiter arbiter_;
  bool unrestricted_;
};

}  // namespace sqlproxy::pipeline
