#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "pipeline/judge_arbiter.hpp"
#include "pipeline/judge_messages.hpp"
#include "pipeline/judgement_trace.hpp"
#include "pipeline/policy_options.hpp"
#include "pipeline/verdict.hpp"

namespace sqlproxy::pipeline {

// Of several rulings that must all allow: a denial if there is one, by a rule rather than by default; else the
// allowance by the most specific rule.
[[nodiscard]] Ruling weakest(Ruling a, const Ruling& b);

// Collects the answers to a statement's questions into its verdict. The first denial is the one that is told.
class VerdictBuilder {
 public:
  // `trace`, if there is one, is told of every answer(), and outlives this.
  explicit VerdictBuilder(const PolicyOptions& options, JudgementTrace* trace = nullptr)
      : options_(options), trace_(trace) {}

  // An object's question has been answered, whatever follows from it.
  void answer(const AskedObject& asked, const Ruling& ruling);

  void allow(const Ruling& ruling);
  void deny(const Ruling& ruling, core::Error error);
  [[nodiscard]] bool denied() const { return verdict_.error.has_value(); }

  // For the audit; repetitions are dropped.
  void touch(TouchedRelation relation);
  void call(std::string_view schema, std::string_view name);
  void note_catalog_miss() { verdict_.catalog_miss = true; }

  [[nodiscard]] Verdict finish() &&;

 private:
  const PolicyOptions options_;
  JudgementTrace* trace_;
  Verdict verdict_;
};

}  // namespace sqlproxy::pipeline
