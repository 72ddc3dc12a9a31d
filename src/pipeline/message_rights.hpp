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
  // Something of the relation may be read: its name is no secret.
  [[nodiscard]] bool may_see(std::string_view schema, std::string_view name) const;
  // Those columns of the relation may be read; by default all of them. Without any names: a use of it that shows no
  // column.
  [[nodiscard]] bool may_read(std::string_view schema, std::string_view name, const ColumnExtent& extent = {}) const;
  // And everything that may be read on the way to them: what its rewrite rules read (a view that a rule names may be
  // read without that), functions of users in them, row security policies.
  [[nodiscard]] bool may_read_behind(std::string_view schema, std::string_view name,
                                     const ColumnExtent& extent = {}) const;
  // What a cursor reads of which nothing is told may be hidden: some view or table may be read and what is behind it
  // may not, or functions of users may be called. Goes through the whole catalog.
  [[nodiscard]] bool some_cursor_hides() const;
  // A word or a quoted name in the text is that of a relation of which nothing may be read, and none of `known`.
  [[nodiscard]] bool names_hidden(std::string_view text, std::span<const std::string_view> known = {}) const;

 private:
  [[nodiscard]] const CatalogRelation* find(std::string_view schema, std::string_view name) const;
  [[nodiscard]] bool reads_only_visible(const CatalogRelation& relation) const;
  [[nodiscard]] bool is_hidden_name(std::string_view word) const;

  const Catalog* catalog_;
  Arbiter arbiter_;
  bool unrestricted_;
};

}  // namespace sqlproxy::pipeline
