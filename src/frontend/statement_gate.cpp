#include "frontend/statement_gate.hpp"

#include "pipeline/judge.hpp"
#include "pipeline/statement_type.hpp"

namespace sqlproxy::frontend {
namespace {

constexpr std::uint64_t kGenerationStep = std::uint64_t{1} << 32;

audit::TableUsage usage_of(pipeline::Usage usage) {
  switch (usage) {
    case pipeline::Usage::read: return audit::TableUsage::read;
    case pipeline::Usage::write: return audit::TableUsage::write;
    case pipeline::Usage::read_write: return audit::TableUsage::both;
  }
  return audit::TableUsage::both;
}

std::string hex(std::uint64_t value) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text(16, '0');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = kDigits[(value >> (60 - 4 * i)) & 0x0F];
  return text;
}

// `own` of an EXECUTE with what the statement that it runs touches.
JudgementPtr touching(const JudgementPtr& own, const Judgement& executed) {
  if (!own->facts || !executed.facts || (executed.facts->tables.empty() && executed.facts->functions.empty()))
    return own;
  audit::StatementFacts facts = *own->facts;
  facts.tables = executed.facts->tables;
  facts.columns = executed.facts->columns;
  facts.columns_written = executed.facts->columns_written;
  facts.columns_filtered = executed.facts->columns_filtered;
  facts.functions = executed.facts->functions;
  auto judgement = std::make_shared<Judgement>(*own);
  judgement->facts = std::make_shared<const audit::StatementFacts>(std::move(facts));
  return judgement;
}

// `own` of an EXECUTE whose prepared statement runs although `executed` is no allowance (observe mode).
JudgementPtr observed(const JudgementPtr& own, const Judgement& executed) {
  if (own->decision == pipeline::Decision::observe) return own;
  auto judgement = std::make_shared<Judgement>(*own);
  judgement->decision = executed.decision;
  judgement->error = executed.error;
  judgement->matched_rule = executed.matched_rule;
  judgement->specificity = executed.specificity;
  judgement->reason = executed.reason;
  return judgement;
}

}  // namespace

StatementGate::StatementGate(SnapshotPtr snapshot, std::shared_ptr<const DatabaseRoute> route,
                             const pipeline::Subject& subject)
    : snapshot_(std::move(snapshot)), route_(std::move(route)), subject_(subject) {
  update(snapshot_);
}

void StatementGate::update(const SnapshotPtr& snapshot) {
  if (snapshot_ != snapshot) {
    snapshot_ = snapshot;
    ++configuration_;
    generation_ += kGenerationStep;
  }
  const std::uint64_t version = route_->catalog->version();
  if (version == catalog_version_) return;
  catalog_version_ = version;
  catalog_ = route_->catalog->current();
  generation_ += kGenerationStep;
}

std::optional<std::string> StatementGate::audited_sql(const std::string& normalized, std::string_view raw) const {
  switch (snapshot_->config->audit.log_sql) {
    case config::AuditSql::normalized: return normalized;
    case config::AuditSql::raw: return std::string(raw);
    case config::AuditSql::none: return std::nullopt;
  }
  return std::nullopt;
}

std::shared_ptr<Judgement> StatementGate::from_verdict(pipeline::Verdict verdict, audit::StatementFacts facts) const {
  for (pipeline::TouchedRelation& relation : verdict.relations) {
    facts.tables.push_back(
        {std::move(relation.database), std::move(relation.schema), std::move(relation.name), usage_of(relation.usage)});
  }
  facts.functions = std::move(verdict.functions);
  facts.columns = std::move(verdict.columns);
  facts.columns_written = std::move(verdict.columns_written);
  facts.columns_filtered = std::move(verdict.columns_filtered);
  auto judgement = std::make_shared<Judgement>();
  judgement->decision = verdict.decision;
  judgement->type = pipeline::statement_type_of(facts.statement_type);
  judgement->error = std::move(verdict.error);
  if (verdict.rule != nullptr) judgement->matched_rule = verdict.rule->id;
  judgement->specificity = verdict.specificity;
  judgement->reason = std::move(verdict.reason);
  judgement->policy_version = policy_version();
  judgement->facts = std::make_shared<const audit::StatementFacts>(std::move(facts));
  return judgement;
}

JudgementPtr StatementGate::with_effects(std::shared_ptr<Judgement> judgement, const pipeline::Statement& statement,
                                         const pipeline::NameScope& scope) const {
  if (!judgement->allowed()) return judgement;
  judgement->effects = pipeline::session_effects(statement, scope, catalog_.get());
  if (statement.prepared.kind == pipeline::PreparedAction::Kind::prepare) {
    judgement->executed_effects = pipeline::executed_effects(statement, scope, catalog_.get());
  }
  return judgement;
}

JudgementCache::BasisId StatementGate::basis(const pipeline::NameScope& scope, std::uint64_t scope_version) {
  const std::uint64_t now = epoch(scope_version);
  if (basis_ == 0 || basis_epoch_ != now) {
    basis_ = judgements_->basis_of(snapshot_, catalog_, subject_, scope);
    basis_epoch_ = now;
  }
  return basis_;
}

JudgementPtr StatementGate::judge(const pipeline::TextAnalyzer::Outcome& analyzed, std::size_t index,
                                  std::string_view sql, const pipeline::NameScope& scope, std::uint64_t scope_version) {
  const pipeline::Analysis& analysis = *analyzed.analysis;
  const pipeline::Statement& statement = analysis.statements[index];
  // The places in a cached analysis may be another text's; a single statement is the whole message.
  const bool whole = analysis.statements.size() == 1;
  const std::size_t sql_bytes = whole ? sql.size() : statement.length;
  // A text that comes for the first time may not come again, and raw texts differ where their judgements do not.
  const bool kept = judgements_ != nullptr && analyzed.cache_hit &&
                    statement.normalized.size() <= JudgementCache::kMaxText &&
                    snapshot_->config->audit.log_sql != config::AuditSql::raw;
  const JudgementCache::Key key{kept ? basis(scope, scope_version) : 0, &analysis, index, sql_bytes};
  if (kept) {
    if (JudgementPtr known = judgements_->find(key)) return known;
  }
  audit::StatementFacts facts;
  facts.statement_type = pipeline::to_string(statement.type);
  facts.sub_type = statement.sub_type;
  facts.sql = audited_sql(statement.normalized, whole ? sql : sql.substr(statement.offset, statement.length));
  facts.fingerprint = hex(statement.fingerprint);
  facts.sql_bytes = sql_bytes;
  pipeline::Verdict verdict = pipeline::judge(statement, subject_, scope, catalog_.get(), *snapshot_->policies);
  const bool catalog_miss = verdict.catalog_miss;
  if (catalog_miss) route_->catalog->request_refresh(backend::LoadUrgency::soon);
  JudgementPtr judgement = with_effects(from_verdict(std::move(verdict), std::move(facts)), statement, scope);
  // One that misses a name asks for the catalog each time.
  if (kept && !catalog_miss) judgements_->insert(key, analyzed.analysis, judgement);
  return judgement;
}

JudgementPtr StatementGate::rejudge(const Judgement& old, const pipeline::Analysis& analysis, std::size_t index,
                                    const pipeline::NameScope& scope) {
  audit::StatementFacts facts = *old.facts;
  facts.tables.clear();
  pipeline::Verdict verdict =
      pipeline::judge(analysis.statements[index], subject_, scope, catalog_.get(), *snapshot_->policies);
  if (verdict.catalog_miss) route_->catalog->request_refresh(backend::LoadUrgency::soon);
  return with_effects(from_verdict(std::move(verdict), std::move(facts)), analysis.statements[index], scope);
}

JudgementPtr StatementGate::refuse(const pipeline::Analysis& analysis, std::string_view sql) const {
  audit::StatementFacts facts;
  facts.statement_type = pipeline::to_string(pipeline::StatementType::unparsed);
  // Never raw: nobody has told what in such a text is data.
  if (snapshot_->config->audit.log_sql != config::AuditSql::none) facts.sql = analysis.normalized;
  facts.fingerprint = hex(analysis.fingerprint);
  facts.sql_bytes = sql.size();
  pipeline::Verdict verdict;
  verdict.error = analysis.error;
  verdict.reason = "not readable as SQL";
  return from_verdict(std::move(verdict), std::move(facts));
}

JudgementPtr StatementGate::judge_unparsed(const pipeline::Analysis& analysis, std::string_view sql,
                                           const SessionScope& scope) const {
  audit::StatementFacts facts;
  facts.statement_type = pipeline::to_string(pipeline::StatementType::unparsed);
  // Never raw: nobody has told what in such a text is data.
  if (snapshot_->config->audit.log_sql != config::AuditSql::none) facts.sql = analysis.normalized;
  facts.fingerprint = hex(analysis.fingerprint);
  facts.sql_bytes = sql.size();
  return judge_unparsed(std::move(facts), scope);
}

JudgementPtr StatementGate::rejudge_unparsed(const Judgement& old, const SessionScope& scope) const {
  return judge_unparsed(*old.facts, scope);
}

JudgementPtr StatementGate::judge_unparsed(audit::StatementFacts facts, const SessionScope& scope) const {
  auto judgement =
      from_verdict(pipeline::judge_unparsed(subject_, scope.predicted(), *snapshot_->policies), std::move(facts));
  judgement->effects = pipeline::SessionEffects(pipeline::kOpaque);
  judgement->unparsed = true;
  return judgement;
}

JudgementPtr StatementGate::judge_function(std::uint32_t oid, const pipeline::NameScope& scope) {
  audit::StatementFacts facts;
  facts.statement_type = pipeline::to_string(pipeline::StatementType::execute);
  facts.sub_type = "FUNCTION CALL";
  pipeline::Verdict verdict = pipeline::judge_function_call(oid, subject_, scope, catalog_.get(), *snapshot_->policies);
  auto judgement = from_verdict(std::move(verdict), std::move(facts));
  judgement->effects = pipeline::function_call_effects(oid, catalog_.get());
  return judgement;
}

JudgementPtr StatementGate::allow_cursor() const {
  audit::StatementFacts facts;
  facts.statement_type = pipeline::to_string(pipeline::StatementType::select);
  facts.sub_type = "FETCH";
  pipeline::Verdict verdict;
  verdict.decision = pipeline::Decision::allow;
  verdict.reason = "the cursor's query was judged when it was declared";
  return from_verdict(std::move(verdict), std::move(facts));
}

JudgementPtr StatementGate::deny(const JudgementPtr& like, core::Error error, std::string reason) const {
  auto judgement = std::make_shared<Judgement>(*like);
  judgement->decision = pipeline::Decision::deny;
  judgement->error = std::move(error);
  judgement->matched_rule.clear();
  judgement->specificity = 0;
  judgement->reason = std::move(reason);
  return judgement;
}

JudgementPtr StatementGate::with_executed(const JudgementPtr& own, const JudgementPtr& executed) {
  if (!executed->allowed()) return executed;
  JudgementPtr both = touching(own, *executed);
  return executed->decision == pipeline::Decision::allow ? both : observed(both, *executed);
}

}  // namespace sqlproxy::frontend
