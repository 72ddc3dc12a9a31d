#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "audit/event.hpp"
#include "core/clock.hpp"
#include "frontend/judgement.hpp"
#include "frontend/result_desk.hpp"
#include "frontend/session_trail.hpp"

namespace sqlproxy::frontend {

// What is the same for all events of a session at one moment. Stays where it is as long as statements of it are on
// their way.
struct AuditContext {
  SessionTrail trail;
  std::shared_ptr<const audit::SessionFacts> session;
  std::int32_t backend_pid = 0;
  // Where results are classified; null: nowhere.
  const ResultDesk* results = nullptr;
};

// When a message arrived, by both clocks, and how long it has waited since for a server connection.
struct Arrival {
  core::WallTime wall;
  core::TimePoint steady;
  core::Duration queued{};

  [[nodiscard]] static Arrival now() { return {core::wall_now(), core::SteadyClock::now(), {}}; }
};

// One statement on its way to exactly one audit event: the event is submitted when this object ends, whatever path led
// there, unless it is moved from or discarded. A statement of which nothing else is said was cut off with its session.
class AuditedStatement {
 public:
  AuditedStatement() = default;
  AuditedStatement(AuditContext& context, JudgementPtr judgement, audit::Protocol protocol, bool in_transaction,
                   Arrival arrival, bool cache_hit);
  AuditedStatement(AuditedStatement&& other) noexcept;
  AuditedStatement& operator=(AuditedStatement&& other) noexcept;
  ~AuditedStatement() { submit(); }

  explicit operator bool() const { return trail_ != nullptr; }
  [[nodiscard]] const core::Uuid& event_id() const { return event_.event_id; }
  [[nodiscard]] const JudgementPtr& judgement() const { return judgement_; }

  void add_rows(std::uint64_t rows) { rows_ += rows; }
  void add_bytes(std::uint64_t in, std::uint64_t out);
  void set_protocol(audit::Protocol protocol) { event_.protocol = protocol; }
  // What its result is classified with, from its first row on.
  [[nodiscard]] const ReadingLease& reading() const { return reading_; }
  void set_reading(ReadingLease reading) { reading_ = std::move(reading); }
  void sent() { sent_ = core::SteadyClock::now(); }

  // How it ended. `affected`: the number in the command tag, for statements that change rows.
  void complete(std::optional<std::uint64_t> returned, std::optional<std::uint64_t> affected);
  void fail(core::SqlState sqlstate, audit::RedactedText message);
  void deny();
  // It was not executed, for a reason that is not the policy's.
  void refuse(const core::Error& error);

  // Writes the event now; the object is empty afterwards.
  void submit() noexcept;
  // No event: the statement was not executed, failed or denied, the server skipped it.
  void discard() noexcept;
  // SessionTrail::admit() has set a place aside for the event, or was not asked to.
  void set_admission(audit::Trail::Admission admission) { admission_ = admission; }

 private:
  void classify();

  SessionTrail* trail_ = nullptr;
  audit::Trail::Admission admission_ = audit::Trail::Admission::free;
  JudgementPtr judgement_;
  audit::Event event_;
  core::TimePoint arrived_;
  core::TimePoint sent_;
  std::uint64_t rows_ = 0;
  bool classifies_ = false;
  ReadingLease reading_;
};

}  // namespace sqlproxy::frontend
