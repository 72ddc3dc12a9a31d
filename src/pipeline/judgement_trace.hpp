#pragma once

#include <string>
#include <vector>

#include "pipeline/judge_arbiter.hpp"
#include "pipeline/judge_messages.hpp"
#include "pipeline/policy_options.hpp"
#include "pipeline/statement_type.hpp"
#include "pipeline/verdict.hpp"

namespace sqlproxy::pipeline {

// One question that a judgement has asked about an object, and its answer.
struct AnsweredQuestion {
  // "table", "column", "function", "schema", "type", "operator", "database", "setting", "session".
  std::string noun;
  // As the statement calls it.
  std::string written;
  // "schema.name" of each object that the name may stand for; empty where names do not lead to one.
  std::vector<std::string> resolved;
  StatementType type = StatementType::unparsed;
  bool allowed = false;
  // The rule that decided; empty: none did.
  std::string rule;
  int specificity = 0;
  // A sentence without its full stop: what decided, and why.
  std::string why;
};

// How a verdict came about, for those who ask (`explain`). The questions in the order in which they were asked; after
// the first denial the others are there too.
struct JudgementTrace {
  std::vector<AnsweredQuestion> questions;
};

// `touched` is what the judgement has resolved so far.
[[nodiscard]] AnsweredQuestion answered_question(const AskedObject& asked, const Ruling& ruling, const Verdict& touched,
                                                 const PolicyOptions& options);

}  // namespace sqlproxy::pipeline
