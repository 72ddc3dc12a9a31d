#include "frontend/audited_statement.hpp"

#include <spdlog/spdlog.h>

#include <utility>

#include "core/log.hpp"

namespace sqlproxy::frontend {
namespace {

audit::Decision decision_of(pipeline::Decision decision) {
  switch (decision) {
    case pipeline::Decision::allow: return audit::Decision::allow;
    case pipeline::Decision::deny: return audit::Decision::deny;
    case pipeline::Decision::observe: return audit::Decision::observe;
  }
  return audit::Decision::deny;
}

core::Duration since(core::TimePoint from, core::TimePoint to) {
  return std::chrono::duration_cast<core::Duration>(to - from);
}

}  // namespace

AuditedStatement::AuditedStatement(AuditContext& context, JudgementPtr judgement, audit::Protocol protocol,
                                   bool in_transaction, Arrival arrival, bool cache_hit)
    : trail_(&context.trail),
      judgement_(std::move(judgement)),
      arrived_(arrival.steady),
      sent_(arrival.steady + arrival.queued),
      classifies_(context.results != nullptr && context.results->enabled()) {
  event_.event_id = core::Uuid::v7(arrival.wall);
  event_.received_at = arrival.wall;
  event_.session = context.session;
  event_.statement = judgement_->facts;
  if (context.backend_pid != 0) event_.backend_pid = context.backend_pid;
  event_.protocol = protocol;
  event_.in_transaction = in_transaction;
  event_.decision = decision_of(judgement_->decision);
  event_.matched_rule = judgement_->matched_rule;
  if (!judgement_->matched_rule.empty()) event_.specificity = judgement_->specificity;
  event_.reason = judgement_->reason;
  event_.policy_version = judgement_->policy_version;
  event_.status = audit::EventStatus::disconnected;
  event_.cache_hit = cache_hit;
  event_.queue_time = arrival.queued;
  event_.bytes_in = 0;
  event_.bytes_out = 0;
}

AuditedStatement::AuditedStatement(AuditedStatement&& other) noexcept
    : trail_(std::exchange(other.trail_, nullptr)),
      admission_(other.admission_),
      judgement_(std::move(other.judgement_)),
      event_(std::move(other.event_)),
      arrived_(other.arrived_),
      sent_(other.sent_),
      rows_(other.rows_),
      classifies_(other.classifies_),
      reading_(std::move(other.reading_)) {}

AuditedStatement& AuditedStatement::operator=(AuditedStatement&& other) noexcept {
  if (this == &other) return *this;
  submit();
  trail_ = std::exchange(other.trail_, nullptr);
  admission_ = other.admission_;
  judgement_ = std::move(other.judgement_);
  event_ = std::move(other.event_);
  arrived_ = other.arrived_;
  sent_ = other.sent_;
  rows_ = other.rows_;
  classifies_ = other.classifies_;
  reading_ = std::move(other.reading_);
  return *this;
}

void AuditedStatement::add_bytes(std::uint64_t in, std::uint64_t out) {
  *event_.bytes_in += in;
  *event_.bytes_out += out;
}

void AuditedStatement::complete(std::optional<std::uint64_t> returned, std::optional<std::uint64_t> affected) {
  event_.status = audit::EventStatus::ok;
  event_.rows_returned = returned ? returned : rows_;
  event_.rows_affected = affected;
}

void AuditedStatement::fail(core::SqlState sqlstate, audit::RedactedText message) {
  event_.status = sqlstate == core::sqlstate::kQueryCanceled ? audit::EventStatus::canceled : audit::EventStatus::error;
  event_.sqlstate = sqlstate;
  event_.error = std::move(message);
}

void AuditedStatement::deny() {
  event_.status = audit::EventStatus::denied;
  if (!judgement_->error) return;
  event_.sqlstate = judgement_->error->sqlstate;
  // The analysis's syntax errors quote the text; the redaction knows PostgreSQL's messages.
  event_.error = audit::redact_error(judgement_->error->sqlstate, judgement_->error->message);
}

void AuditedStatement::classify() {
  if (reading_) {
    report_classification(*reading_.reading(), event_);
    reading_.release();
  } else if (classifies_ && event_.status == audit::EventStatus::ok) {
    // It returned nothing.
    event_.has_pii = false;
  }
}

void AuditedStatement::refuse(const core::Error& error) {
  event_.status = audit::EventStatus::denied;
  event_.sqlstate = error.sqlstate;
  event_.error = audit::RedactedText::own(error.message);
}

void AuditedStatement::submit() noexcept {
  if (trail_ == nullptr) return;
  SessionTrail* const trail = std::exchange(trail_, nullptr);
  const core::TimePoint now = core::SteadyClock::now();
  if (!event_.rows_returned && rows_ != 0) event_.rows_returned = rows_;
  event_.total_time = since(arrived_, now);
  event_.proxy_time = since(arrived_, sent_) - *event_.queue_time;
  if (event_.status != audit::EventStatus::denied) event_.db_time = since(sent_, now);
  try {
    classify();
  } catch (const std::exception& exception) {
    // The event goes out all the same.
    event_.classifications.clear();
    event_.has_pii.reset();
    core::log().warn("classification of a result failed: {}", exception.what());
  }
  trail->submit(std::move(event_), admission_);
}

void AuditedStatement::discard() noexcept {
  if (trail_ != nullptr) std::exchange(trail_, nullptr)->withdraw(admission_);
}

}  // namespace sqlproxy::frontend
