#include "pipeline/relation_effects.hpp"

#include <cstddef>
#include <unordered_map>

#include "pipeline/sensitive_relations.hpp"

namespace sqlproxy::pipeline {
namespace {

enum class Use : unsigned char { read, write };

bool is_index(const CatalogRelation& relation) {
  return relation.kind == RelationKind::index || relation.kind == RelationKind::partitioned_index;
}

// Own code first, then along what leads from one relation to another until nothing changes. References may form circles
// (foreign keys); flags are only ever added.
class EffectSpread {
 public:
  explicit EffectSpread(CatalogRows& rows) : rows_(rows) {}

  void run() {
    for (const CatalogFunction& function : rows_.functions) functions_.emplace(function.oid, function.effects);
    for (std::size_t i = 0; i < rows_.relations.size(); ++i) relations_.emplace(rows_.relations[i].oid, i);
    for (const RelationCode& code : rows_.relation_code) add_code(code);
    for (CatalogRelation& relation : rows_.relations) connect(relation);
    for (const PolicyRead& policy : rows_.policy_reads) connect_policy(policy);
    while (spread_once()) {
    }
  }

 private:
  // Using `user` so uses `used` so.
  struct Edge {
    CatalogRelation* user;
    const CatalogRelation* used;
    Use as_user;
    Use as_used;
  };

  static EffectFlags& flags(CatalogRelation& relation, Use use) {
    return use == Use::read ? relation.on_read : relation.on_write;
  }
  static EffectFlags flags(const CatalogRelation& relation, Use use) {
    return use == Use::read ? relation.on_read : relation.on_write;
  }

  [[nodiscard]] CatalogRelation* find(Oid oid) {
    const auto found = relations_.find(oid);
    return found != relations_.end() ? &rows_.relations[found->second] : nullptr;
  }
  [[nodiscard]] EffectFlags effects_of(Oid function) const {
    const auto found = functions_.find(function);
    if (found == functions_.end()) return kOpaque;
    // Which setting is not known.
    return found->second.settings ? found->second | kOpaque : found->second;
  }

  void add_code(const RelationCode& code) {
    CatalogRelation* relation = find(code.relation);
    if (relation == nullptr) return;
    const EffectFlags effects = code.function == 0 ? kOpaque : effects_of(code.function);
    relation->on_write |= effects;
    if (code.on_read) relation->on_read |= effects;
  }

  void lead(CatalogRelation& user, Use as_user, Oid used, Use as_used) {
    if (const CatalogRelation* other = find(used))
      edges_.push_back({&user, other, as_user, as_used});
    else
      flags(user, as_user) |= kOpaque;
  }

  void connect(CatalogRelation& relation);
  void connect_rules(CatalogRelation& relation);
  void connect_policy(const PolicyRead& policy) {
    CatalogRelation* relation = find(policy.relation);
    if (relation != nullptr) lead(*relation, Use::read, policy.reads, Use::read);
  }

  [[nodiscard]] bool spread_once() {
    bool changed = false;
    for (const Edge& edge : edges_) {
      EffectFlags& target = flags(*edge.user, edge.as_user);
      const EffectFlags before = target;
      target |= flags(*edge.used, edge.as_used);
      changed |= target != before;
    }
    return changed;
  }

  CatalogRows& rows_;
  std::unordered_map<Oid, EffectFlags> functions_;
  std::unordered_map<Oid, std::size_t> relations_;
  std::vector<Edge> edges_;
};

void EffectSpread::connect(CatalogRelation& relation) {
  edges_.push_back({&relation, &relation, Use::write, Use::read});
  // The rules of the system's views are not in the snapshot. They read by harmless functions; pg_settings is written by
  // set_config.
  if (is_system_schema(relation.schema)) {
    relation.on_write |= kOpaque;
    return;
  }
  connect_rules(relation);
  for (const Oid oid : relation.parents) {
    CatalogRelation* parent = find(oid);
    if (parent == nullptr) continue;
    edges_.push_back({parent, &relation, Use::read, Use::read});
    edges_.push_back({parent, &relation, Use::write, Use::write});
    // REINDEX runs the expressions, which are kept as the table's.
    if (is_index(relation) && !is_index(*parent)) edges_.push_back({&relation, parent, Use::write, Use::write});
  }
  for (const Oid oid : relation.referenced_by) lead(relation, Use::write, oid, Use::write);
}

void EffectSpread::connect_rules(CatalogRelation& relation) {
  const bool is_view = relation.kind == RelationKind::view;
  for (const Oid function : relation.rule_functions) {
    // A materialized view runs its query when it is refreshed.
    flags(relation, is_view ? Use::read : Use::write) |= effects_of(function);
  }
  for (const Oid used : relation.rule_relations) {
    // In a table's rules it may stand for itself.
    if (used == relation.oid) continue;
    if (is_view) lead(relation, Use::read, used, Use::read);
    const bool refreshed = relation.kind == RelationKind::materialized_view;
    lead(relation, Use::write, used, refreshed ? Use::read : Use::write);
  }
}

}  // namespace

void find_relation_effects(CatalogRows& rows) {
  EffectSpread(rows).run();
}

}  // namespace sqlproxy::pipeline
