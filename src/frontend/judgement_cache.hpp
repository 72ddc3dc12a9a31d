#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "frontend/judgement.hpp"
#include "frontend/snapshot.hpp"
#include "pipeline/catalog.hpp"
#include "pipeline/name_scope.hpp"
#include "pipeline/subject.hpp"

namespace sqlproxy::frontend {

// Judgements of texts that come again. Sessions of the same user in the same scope share them, and so do their events:
// a judgement that is found here costs neither a walk through the policy nor memory.
//
// What a judgement rests on beside the analysis of the text - configuration, catalog, subject and scope - is its basis,
// which a session finds once and not again until one of them changes. Holds a bounded number of judgements (kSlots) of
// texts of bounded size, with their analyses; of configurations and catalogs it only knows whether they are the same.
// One per worker, not thread-safe.
class JudgementCache {
 public:
  // Never 0, and never used again for another basis.
  using BasisId = std::uint64_t;

  // Statements with longer normalized texts are not to be kept.
  static constexpr std::size_t kMaxText = std::size_t{4} * 1024;

  struct Key {
    BasisId basis = 0;
    const pipeline::Analysis* analysis = nullptr;
    std::size_t index = 0;
    // A part of the audit's event, and different for texts of the same analysis.
    std::size_t sql_bytes = 0;

    friend bool operator==(const Key&, const Key&) = default;
  };

  // The same for equal arguments, unless it has been forgotten meanwhile. `catalog` may be null.
  [[nodiscard]] BasisId basis_of(const SnapshotPtr& snapshot, const std::shared_ptr<const pipeline::Catalog>& catalog,
                                 const pipeline::Subject& subject, const pipeline::NameScope& scope);

  // Null: it is not there.
  [[nodiscard]] JudgementPtr find(const Key& key) const;
  // `analysis` is the key's. In place of an older one, if need be.
  void insert(const Key& key, std::shared_ptr<const pipeline::Analysis> analysis, JudgementPtr judgement);

 private:
  static constexpr std::size_t kSlots = 1024;
  static constexpr std::size_t kMaxBases = 64;

  struct Basis {
    BasisId id = 0;
    std::weak_ptr<const Snapshot> snapshot;
    std::weak_ptr<const pipeline::Catalog> catalog;
    pipeline::Subject subject;
    pipeline::NameScope scope;
  };
  struct Slot {
    Key key;
    // Keeps the key's address from being another's.
    std::shared_ptr<const pipeline::Analysis> analysis;
    JudgementPtr judgement;
  };

  // A key has two places, this one and the one beside it.
  [[nodiscard]] static std::size_t place_of(const Key& key);

  // The newest at next_basis_ - 1, round and round.
  std::vector<Basis> bases_;
  std::size_t next_basis_ = 0;
  BasisId last_id_ = 0;
  // Empty until the first insert().
  std::vector<Slot> slots_;
};

}  // namespace sqlproxy::frontend
