#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "pipeline/catalog.hpp"
#include "pipeline/name_resolution.hpp"
#include "pipeline/policy_match.hpp"
#include "pipeline/policy_options.hpp"
#include "pipeline/policy_view.hpp"
#include "pipeline/sensitive_relations.hpp"
#include "pipeline/statement_type.hpp"

namespace sqlproxy::pipeline {

// The answer to one question about one object.
struct Ruling {
  bool allowed = false;
  // Empty: no rule decided, but the default or what stands for it.
  RuleMatch match{};
  // Denied because of something that the object leads to: a view's table or function, a parent.
  bool indirect = false;
  // What a rule would have to name for its allowance to count.
  Naming naming = Naming::any;
  // The column that is denied, if it was asked for by its name.
  std::string_view column{};
};

// What a statement can read of a relation whose columns are not all alike.
enum class ColumnsRead : std::uint8_t { any, harmless };

// The columns of a relation that are used in one way. Neither `every` nor any names: the use touches no column
// (count(*), LOCK).
struct ColumnExtent {
  // Also of relations whose columns are not known.
  bool every = true;
  // The names, in the words of the statement, may be of no column.
  std::span<const std::string_view> names{};
};

// The columns of `used` that the rewrite rules of `relation` read; none when that is all of them, or not told.
[[nodiscard]] std::optional<std::vector<std::string_view>> columns_of_rules(const CatalogRelation& relation,
                                                                            const CatalogRelation& used);

// Answers whether one subject may do one thing to one object that is already resolved. Knows the policy's law
// (contract, section 2); knows nothing of statements and messages. Lives within one judgement.
class Arbiter {
 public:
  // `catalog` may be null: then nothing is known of views, parents and functions.
  Arbiter(PolicyView view, const PolicyOptions& options, const Catalog* catalog)
      : view_(std::move(view)), options_(options), catalog_(catalog) {}

  // Columns of a relation, and what it leads to. Rules on it and on all its parents compete by their heights; an
  // unnamed view (or table with rewrite rules) is judged with what its rules use.
  [[nodiscard]] Ruling relation(const NameCandidate& candidate, StatementType type, const ColumnExtent& extent = {},
                                ColumnsRead columns = ColumnsRead::any) const;
  // The relation by its name and parents alone.
  [[nodiscard]] Ruling relation_itself(const NameCandidate& candidate, StatementType type,
                                       const ColumnExtent& extent = {}, ColumnsRead columns = ColumnsRead::any) const;
  // Whether a rule with columns speaks of the relation or one that it is a part of.
  [[nodiscard]] bool parts_columns(const NameCandidate& candidate) const;
  // The columns of the relation that may be used so, in their order; none when they are not known.
  [[nodiscard]] std::vector<std::string_view> permitted_columns(const CatalogRelation& relation,
                                                                StatementType type) const;
  // Emptying a table and every table that refers to it.
  [[nodiscard]] Ruling truncate_cascade(const CatalogRelation& relation) const;

  // A call by name.
  [[nodiscard]] Ruling call(const CatalogFunction& function) const;
  // The call of a function that the snapshot does not know.
  [[nodiscard]] Ruling call_unknown(std::string_view schema, std::string_view name) const;
  // A call that an operator, a cast or a type may make. Functions in C can be written by superusers only; without
  // SECURITY DEFINER they pass here, so that extensions' operators do not take `=` away from everyone.
  [[nodiscard]] Ruling implied_call(Oid function) const;
  // A call by the name of a safe builtin that may turn out to be a function outside pg_catalog. Immutable functions of
  // extensions pass, so that citext does not take `max` and `replace` away from everyone.
  [[nodiscard]] Ruling overload_call(const CatalogFunction& function) const;
  // A call that is harmless but for rules that block it.
  [[nodiscard]] Ruling harmless_call(std::string_view schema, std::string_view name) const;

  // Being shown the value of a setting, by whatever means; without a name, of any setting. `name` is in lower case.
  [[nodiscard]] Ruling setting_value(std::optional<std::string_view> name) const;
  // SHOW ALL.
  [[nodiscard]] Ruling all_setting_values() const;

  // A function as the object of DDL or DCL.
  [[nodiscard]] Ruling function_object(std::string_view schema, std::string_view name, StatementType type) const;
  // A schema, or something in it that rules have no word for.
  [[nodiscard]] Ruling in_schema(std::string_view schema, StatementType type) const;
  // What lives in no schema.
  [[nodiscard]] Ruling in_database(StatementType type) const;
  // SET, SHOW, RESET, DISCARD: allowed unless a rule blocks them; guarded settings need a rule.
  [[nodiscard]] Ruling session(bool guarded) const;

 private:
  // What no rule matches.
  [[nodiscard]] Ruling unmatched_relation(const NameCandidate& candidate, StatementType type,
                                          RelationExposure exposure) const;
  [[nodiscard]] RelationExposure exposure_of(const NameCandidate& candidate, ColumnsRead columns) const;
  [[nodiscard]] Naming required_naming(RelationExposure exposure, StatementType type) const;
  [[nodiscard]] bool is_open(RelationExposure exposure) const;
  [[nodiscard]] Ruling or_default(RuleMatch match) const;
  // What of a relation is asked about.
  struct Part {
    enum class Kind : std::uint8_t { relation, column, no_column, every_column };
    Kind kind = Kind::relation;
    std::string_view column{};
  };
  [[nodiscard]] RuleMatch match(const NameCandidate& candidate, const Part& part, StatementType type,
                                Naming naming) const;
  [[nodiscard]] RuleMatch match_parents(const CatalogRelation& relation, const Part& part, StatementType type) const;
  [[nodiscard]] Ruling part(const NameCandidate& candidate, const Part& part, StatementType type,
                            ColumnsRead columns) const;
  [[nodiscard]] Ruling one_column(const NameCandidate& candidate, std::string_view name, StatementType type,
                                  ColumnsRead columns) const;
  template <class Visit>
  void for_each_ancestor(const CatalogRelation& relation, Visit visit) const;
  [[nodiscard]] bool leads_on(const CatalogRelation& relation, StatementType type, const RuleMatch& match) const;
  [[nodiscard]] Ruling used_by_rules(const CatalogRelation& relation, const CatalogRelation& used,
                                     StatementType type) const;
  [[nodiscard]] Ruling behind(const CatalogRelation& relation, StatementType type) const;

  PolicyView view_;
  const PolicyOptions& options_;
  const Catalog* catalog_;
};

}  // namespace sqlproxy::pipeline
