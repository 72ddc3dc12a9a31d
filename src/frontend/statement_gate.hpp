#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "config/audit.hpp"
#include "frontend/judgement.hpp"
#include "frontend/judgement_cache.hpp"
#include "frontend/session_scope.hpp"
#include "frontend/snapshot.hpp"
#include "pipeline/message_rights.hpp"
#include "pipeline/name_scope.hpp"
#include "pipeline/text_analyzer.hpp"

namespace sqlproxy::frontend {

// Where a session's statements are judged: by the newest policy, against the newest catalog snapshot. Owned by the
// session; not thread-safe.
class StatementGate {
 public:
  StatementGate(SnapshotPtr snapshot, std::shared_ptr<const DatabaseRoute> route, const pipeline::Subject& subject);

  // Takes a newer configuration, and a newer catalog if there is one. Cheap when nothing has changed.
  void update(const SnapshotPtr& snapshot);

  // Where judgements of texts that come again are kept; outlives the session. Without one each text is judged anew.
  void use(JudgementCache& judgements) { judgements_ = &judgements; }

  // Judges statement `index` of `analyzed` in `scope`, whose version that is. `sql` is the message's text, for the
  // audit.
  [[nodiscard]] JudgementPtr judge(const pipeline::TextAnalyzer::Outcome& analyzed, std::size_t index,
                                   std::string_view sql, const pipeline::NameScope& scope, std::uint64_t scope_version);
  // Judges a statement again whose `old` judgement is of another epoch; its text is taken over from there.
  [[nodiscard]] JudgementPtr rejudge(const Judgement& old, const pipeline::Analysis& analysis, std::size_t index,
                                     const pipeline::NameScope& scope);
  // For a text that cannot be used: denied, with the analysis's own error.
  [[nodiscard]] JudgementPtr refuse(const pipeline::Analysis& analysis, std::string_view sql) const;
  // For a text that cannot be read: allowed where the configuration says so (unparsed = "allow"). `analysis` is the
  // failed one.
  [[nodiscard]] JudgementPtr judge_unparsed(const pipeline::Analysis& analysis, std::string_view sql,
                                            const SessionScope& scope) const;
  [[nodiscard]] JudgementPtr rejudge_unparsed(const Judgement& old, const SessionScope& scope) const;
  // Judges a FunctionCall.
  [[nodiscard]] JudgementPtr judge_function(std::uint32_t oid, const pipeline::NameScope& scope);
  // For the Execute of a cursor that SQL has declared.
  [[nodiscard]] JudgementPtr allow_cursor() const;
  // Denied for a reason of the proxy's own, which is not the policy's.
  [[nodiscard]] JudgementPtr deny(const JudgementPtr& like, core::Error error, std::string reason) const;
  // `own` of an EXECUTE or FETCH with what it runs: `executed` where that is denied, else its own with what the other
  // one touches, for the audit.
  [[nodiscard]] static JudgementPtr with_executed(const JudgementPtr& own, const JudgementPtr& executed);

  // What the user may see of the server's messages now. Dies with the next update().
  [[nodiscard]] pipeline::MessageRights message_rights(const pipeline::NameScope& scope) const {
    return {subject_, scope, catalog_.get(), *snapshot_->policies};
  }

  // Two judgements of the session that were made in the same epoch rest on the same policy, catalog and scope.
  [[nodiscard]] std::uint64_t epoch(std::uint64_t scope_version) const { return generation_ + scope_version; }
  // Rises with each configuration: policy, users, databases.
  [[nodiscard]] std::uint64_t configuration() const { return configuration_; }
  // The newest that is known; null: none yet.
  [[nodiscard]] const pipeline::Catalog* catalog() const { return catalog_.get(); }
  [[nodiscard]] const std::string& policy_version() const { return snapshot_->policies->version(); }

 private:
  [[nodiscard]] std::shared_ptr<Judgement> from_verdict(pipeline::Verdict verdict, audit::StatementFacts facts) const;
  // What is judged now in `scope` rests on this.
  [[nodiscard]] JudgementCache::BasisId basis(const pipeline::NameScope& scope, std::uint64_t scope_version);
  [[nodiscard]] JudgementPtr with_effects(std::shared_ptr<Judgement> judgement, const pipeline::Statement& statement,
                                          const pipeline::NameScope& scope) const;
  [[nodiscard]] JudgementPtr judge_unparsed(audit::StatementFacts facts, const SessionScope& scope) const;
  [[nodiscard]] std::optional<std::string> audited_sql(const std::string& normalized, std::string_view raw) const;

  SnapshotPtr snapshot_;
  std::shared_ptr<const DatabaseRoute> route_;
  const pipeline::Subject& subject_;
  std::shared_ptr<const pipeline::Catalog> catalog_;
  std::uint64_t catalog_version_ = 0;
  std::uint64_t configuration_ = 0;
  // Of policy and catalog together, in steps that leave room for every scope version.
  std::uint64_t generation_ = std::uint64_t{1} << 32;
  JudgementCache* judgements_ = nullptr;
  // The basis of the epoch that it was asked for last.
  std::uint64_t basis_epoch_ = 0;
  JudgementCache::BasisId basis_ = 0;
};

}  // namespace sqlproxy::frontend
