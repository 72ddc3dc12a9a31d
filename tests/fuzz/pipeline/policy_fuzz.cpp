// Makes rules and questions of the input, and holds the compiled trie against the contract's sentence read literally:
// collect the rules that match, take the most specific, at the same height a block, of equals the first.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

#include "pipeline/policy_pattern.hpp"
#include "pipeline/policy_set.hpp"

namespace {

using namespace sqlproxy::pipeline;

// Few words, so that rules and questions meet; some that look alike.
constexpr auto kWords = std::to_array<std::string_view>(
    {"*", "app", "public", "orders", "order", "report_daily", "report_", "", "pg_catalog", "r"});
constexpr auto kPatterns = std::to_array<std::string_view>(
    {"*", "**", "report_*", "*daily", "r*t*y", "report_daily", "orders", "*", "re*", "r*"});

class Input {
 public:
  explicit Input(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  unsigned next() {
    if (bytes_.empty()) return 0;
    const unsigned value = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return value;
  }
  std::string word() { return std::string(kWords[next() % kWords.size()]); }
  std::string name() { return std::string(kWords[1 + next() % (kWords.size() - 1)]); }

 private:
  std::span<const std::uint8_t> bytes_;
};

PolicyRule read_rule(Input& input) {
  PolicyRule rule;
  const unsigned shape = input.next();
  (shape & 1U ? rule.users : rule.roles) = {input.word()};
  if (shape & 2U) rule.roles.push_back(input.word());
  rule.action = shape & 4U ? PolicyAction::allow : PolicyAction::block;
  rule.names_session = (shape & 8U) != 0;
  rule.database = input.word();
  rule.schema = input.word();
  if (shape & 16U)
    rule.function = kPatterns[input.next() % kPatterns.size()];
  else
    rule.tables = {input.word()};
  if (shape & 32U) rule.tables.push_back(input.word());
  if ((shape & 64U) != 0 && !rule.function) rule.columns = {input.next() & 1U ? "c" : "d"};
  rule.statements = shape & 128U ? statement_types_named("ALL") : StatementTypes(StatementType::select);
  return rule;
}

enum class Part { whole, column, no_column, every_column };

struct Question {
  bool about_function;
  // Of a relation; the column is "c".
  Part part;
  std::string schema;
  std::string name;
  StatementType type;
  Naming naming;
};

bool has(const std::vector<std::string>& words, std::string_view name) {
  for (const std::string& word : words) {
    if (word == "*" || word == name) return true;
  }
  return false;
}

bool speaks_of(const PolicyRule& rule, const Subject& subject) {
  if (has(rule.users, subject.user) || has(rule.roles, "*")) return true;
  for (const std::string& role : subject.roles) {
    if (has(rule.roles, role)) return true;
  }
  return false;
}

// Whether a rule with columns has something to say about that part of a relation.
bool fits_part(const PolicyRule& rule, const Question& question) {
  if (question.type == StatementType::execute || question.about_function) return false;
  const bool allows = rule.action == PolicyAction::allow;
  switch (question.part) {
    case Part::whole: return false;
    case Part::column: return rule.columns.front() == "c";
    case Part::no_column: return allows;
    case Part::every_column: return !allows;
  }
  return false;
}

RuleMatch look_up(const PolicyView& view, const Question& question) {
  const HashedName schema(question.schema);
  const HashedName name(question.name);
  if (question.about_function) return view.function(schema, name, question.type, question.naming);
  switch (question.part) {
    case Part::whole: break;
    case Part::column: return view.column(schema, name, std::string_view("c"), question.type, question.naming);
    case Part::no_column: return view.no_column(schema, name, question.type, question.naming);
    case Part::every_column: return view.every_column(schema, name, question.type, question.naming);
  }
  return view.relation(schema, name, question.type, question.naming);
}

// The rule's height for the question when it matches, else -1. A rule that lists the name beside "*" names it.
int height_of(const PolicyRule& rule, const Subject& subject, std::string_view database, const Question& question) {
  if (!speaks_of(rule, subject) || !rule.statements.contains(question.type)) return -1;
  const bool of_columns = !rule.columns.empty();
  if (of_columns && !fits_part(rule, question)) return -1;
  if (rule.database != "*" && rule.database != database) return -1;
  if (rule.schema != "*" && rule.schema != question.schema) return -1;
  if (rule.function.has_value() != question.about_function) return -1;
  bool by_name = false;
  bool exactly = false;
  bool by_wildcard = false;
  if (rule.function) {
    by_wildcard = matches_everything(*rule.function);
    by_name = !by_wildcard && matches_pattern(*rule.function, question.name);
    exactly = by_name && rule.function->find('*') == std::string::npos;
  } else {
    for (const std::string& table : rule.tables) {
      by_wildcard = by_wildcard || table == "*";
      by_name = by_name || (table != "*" && table == question.name);
    }
    exactly = by_name;
  }
  if (!by_name && !by_wildcard) return -1;
  if (rule.action == PolicyAction::allow) {
    const bool schema = rule.schema != "*";
    if (question.naming == Naming::schema && !schema) return -1;
    if (question.naming == Naming::schema_or_object && !schema && !exactly) return -1;
    if (question.naming == Naming::object && !by_name) return -1;
  }
  return (rule.database != "*" ? 100 : 0) + (rule.schema != "*" ? 10 : 0) + (by_name ? 1 : 0) + (of_columns ? 1 : 0);
}

RuleMatch expected(const std::vector<PolicyRule>& rules, const Subject& subject, std::string_view database,
                   const Question& question) {
  RuleMatch best;
  for (const PolicyRule& rule : rules) {
    const int height = height_of(rule, subject, database, question);
    if (height < 0) continue;
    const bool higher = !best || height > best.specificity;
    const bool blocks = best && height == best.specificity && best.allows() && rule.action == PolicyAction::block;
    if (higher || blocks) best = {&rule, height};
  }
  return best;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input({data, size});
  const Subject subject{input.name(), {input.name(), input.name()}, ""};
  const std::string database = input.name();
  const Question question{(input.next() & 1U) != 0,
                          static_cast<Part>(input.next() % 4),
                          input.name(),
                          input.name(),
                          input.next() & 1U ? StatementType::execute : StatementType::select,
                          static_cast<Naming>(input.next() % 4)};
  std::vector<PolicyRule> rules;
  while (!input.empty()) rules.push_back(read_rule(input));
  const auto set = PolicySet::compile(std::move(rules), {});
  const PolicyView view = set->view(subject, database);
  const RuleMatch found = look_up(view, question);
  const RuleMatch wanted = expected(set->rules(), subject, database, question);
  if (found.rule != wanted.rule || found.specificity != wanted.specificity) std::abort();
  return 0;
}
