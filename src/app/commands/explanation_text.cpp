#include "app/commands/explanation_text.hpp"

#include <string_view>

#include "core/log.hpp"

namespace sqlproxy::app {
namespace {

// Whole, and without control characters that would move a terminal's cursor.
std::string shown(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F)
      out += core::log_safe({&c, 1});
    else
      out += c;
  }
  return out;
}

std::string joined(const std::vector<std::string>& words, std::string_view separator) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += separator;
    text += word;
  }
  return shown(text);
}

std::string_view usage_name(pipeline::Usage usage) {
  switch (usage) {
    case pipeline::Usage::read: return "read";
    case pipeline::Usage::write: return "written";
    case pipeline::Usage::read_write: return "read and written";
  }
  return "";
}

std::string_view decision_name(pipeline::Decision decision) {
  switch (decision) {
    case pipeline::Decision::allow: return "allowed";
    case pipeline::Decision::deny: return "denied";
    case pipeline::Decision::observe: return "observed (would be denied, but runs)";
  }
  return "";
}

void print_verdict(const pipeline::Verdict& verdict, std::ostream& out) {
  out << "  verdict: " << decision_name(verdict.decision);
  if (verdict.rule != nullptr) {
    out << " by rule \"" << shown(verdict.rule->id) << "\", specificity " << verdict.specificity;
  }
  if (!verdict.reason.empty()) out << " (" << shown(verdict.reason) << ')';
  out << '\n';
}

void print_check(const pipeline::AnsweredQuestion& question, std::ostream& out) {
  out << "    " << (question.allowed ? "allowed" : "denied ") << "  " << pipeline::to_string(question.type) << " on "
      << question.noun;
  if (!question.written.empty()) out << ' ' << shown(question.written);
  const bool resolved_elsewhere = question.resolved.size() != 1 || question.resolved.front() != question.written;
  if (!question.resolved.empty() && resolved_elsewhere) out << " = " << joined(question.resolved, " or ");
  out << ": " << shown(question.why);
  if (!question.rule.empty()) out << " (specificity " << question.specificity << ')';
  out << '\n';
}

void print_error(const core::Error& error, std::ostream& out) {
  out << "    ERROR " << error.sqlstate.text() << ": " << shown(error.message);
  if (error.position != 0) out << " (character " << error.position << ')';
  out << '\n';
  if (!error.detail.empty()) out << "    DETAIL: " << shown(error.detail) << '\n';
  if (!error.hint.empty()) out << "    HINT: " << shown(error.hint) << '\n';
}

void print_statement(const pipeline::ExplainedStatement& statement, std::ostream& out) {
  const pipeline::Verdict& verdict = statement.verdict;
  out << "  type: " << pipeline::to_string(statement.type);
  if (!statement.sub_type.empty()) out << " (" << statement.sub_type << ')';
  out << '\n';
  if (!statement.normalized.empty()) out << "  text: " << shown(statement.normalized) << '\n';
  print_verdict(verdict, out);
  if (!verdict.relations.empty()) out << "  tables:\n";
  for (const pipeline::TouchedRelation& relation : verdict.relations) {
    out << "    " << shown(relation.database) << '.';
    if (!relation.schema.empty()) out << shown(relation.schema) << '.';
    out << shown(relation.name) << ": " << usage_name(relation.usage) << '\n';
  }
  if (!verdict.columns.empty()) out << "  columns read: " << joined(verdict.columns, ", ") << '\n';
  if (!verdict.columns_written.empty()) out << "  columns written: " << joined(verdict.columns_written, ", ") << '\n';
  if (!verdict.columns_filtered.empty())
    out << "  columns filtered: " << joined(verdict.columns_filtered, ", ") << '\n';
  if (!verdict.functions.empty()) out << "  functions: " << joined(verdict.functions, ", ") << '\n';
  if (!statement.questions.empty()) out << "  checks:\n";
  for (const pipeline::AnsweredQuestion& question : statement.questions) print_check(question, out);
  if (verdict.decision != pipeline::Decision::deny || !verdict.error) return;
  out << "  the client would get:\n";
  print_error(*verdict.error, out);
}

}  // namespace

void print_explanation(const pipeline::Explanation& explanation, const pipeline::Subject& subject,
                       const std::string& database, std::ostream& out) {
  out << "user " << shown(subject.user);
  if (!subject.roles.empty()) out << " (roles: " << joined(subject.roles, ", ") << ')';
  out << " on database " << shown(database) << ", search_path " << joined(explanation.search_path, ", ") << ", policy "
      << explanation.policies->version() << '\n';
  const std::size_t count = explanation.statements.size();
  out << (count == 1 ? "the statement" : "the message, with " + std::to_string(count) + " statements,") << " would be "
      << decision_name(explanation.decision) << '\n';
  for (std::size_t i = 0; i < count; ++i) {
    out << "\nstatement " << i + 1 << '\n';
    print_statement(explanation.statements[i], out);
  }
  if (!explanation.notes.empty()) out << '\n';
  for (const std::string& note : explanation.notes) out << "note: " << note << '\n';
}

}  // namespace sqlproxy::app
