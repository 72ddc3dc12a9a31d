#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "pipeline/analysis.hpp"
#include "pipeline/catalog.hpp"
#include "pipeline/judgement_trace.hpp"
#include "pipeline/name_scope.hpp"
#include "pipeline/policy_set.hpp"
#include "pipeline/subject.hpp"
#include "pipeline/text_guard.hpp"
#include "pipeline/verdict.hpp"

namespace sqlproxy::pipeline {

// Who would send what, and by which policy it is judged.
struct ExplainRequest {
  std::string_view sql;
  Subject subject;
  // Of a session that has just begun.
  NameScope scope;
  // Null: names are resolved by the text alone (assumed_catalog.hpp).
  std::shared_ptr<const Catalog> catalog;
  std::shared_ptr<const PolicySet> policies;
  TextLimits limits{};
};

struct ExplainedStatement {
  StatementType type = StatementType::unparsed;
  std::string sub_type;
  // Without data.
  std::string normalized;
  Verdict verdict;
  std::vector<AnsweredQuestion> questions;
};

// What would become of one message, statement by statement. Verdicts' rules live as long as `policies`.
struct Explanation {
  // All statements would run, would run though some are denied (observe mode), or none would.
  Decision decision = Decision::deny;
  // The text cannot be used: syntax, encoding, a limit. There is one statement then, of type UNPARSED.
  std::optional<core::Error> error;
  std::vector<ExplainedStatement> statements;
  std::shared_ptr<const PolicySet> policies;
  // Names were resolved against a catalog.
  bool live = false;
  // At the begin.
  std::vector<std::string> search_path;
  // What the reader has to know: sentences.
  std::vector<std::string> notes;
};

// Judges the text as the proxy would judge a Query, and tells how it came to its verdicts. Executes nothing.
// Statements are judged as if those before them had succeeded. Bounded in time by `limits`; thread-safe.
[[nodiscard]] Explanation explain(const ExplainRequest& request);

}  // namespace sqlproxy::pipeline
