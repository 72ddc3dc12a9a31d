#include "pipeline/judgement_trace.hpp"

#include <algorithm>
#include <string_view>

#include "pipeline/name_resolution.hpp"
#include "pipeline/sensitive_relations.hpp"

namespace sqlproxy::pipeline {
namespace {

// What the question's name was resolved to: a name with its schema is what it says.
std::vector<std::string> resolved_names(const AskedObject& asked, const std::string& written, const Verdict& touched) {
  const bool relation = asked.noun == "table";
  if (!relation && asked.noun != "function") return {};
  if (written.find('.') != std::string::npos) return {written};
  std::vector<std::string> names;
  const auto add = [&](std::string_view schema, std::string_view name) {
    names.push_back(schema.empty() ? std::string(name) : std::string(schema) + "." + std::string(name));
  };
  if (relation) {
    for (const TouchedRelation& candidate : touched.relations) {
      if (candidate.name == asked.name) add(candidate.schema, candidate.name);
    }
  } else {
    const std::string suffix = "." + std::string(asked.name);
    for (const std::string& candidate : touched.functions) {
      if (candidate == asked.name || candidate.ends_with(suffix)) names.push_back(candidate);
    }
  }
  std::ranges::sort(names);
  const auto repeated = std::ranges::unique(names);
  names.erase(repeated.begin(), repeated.end());
  return names;
}

std::string_view required_name(Naming naming) {
  switch (naming) {
    case Naming::any: return "";
    case Naming::schema: return " that names the schema";
    case Naming::schema_or_object: return " that names it or its schema";
    case Naming::object: return " that names it";
  }
  return "";
}

std::string why_by_rule(const Ruling& ruling) {
  const PolicyRule& rule = *ruling.match.rule;
  std::string why = "rule \"" + rule.id + "\" " + (rule.action == PolicyAction::allow ? "allows" : "blocks");
  why += ruling.indirect ? " what it leads to" : " it";
  if (!rule.reason.empty()) why += ": " + rule.reason;
  return why;
}

std::string why_allowed(const AskedObject& asked, const std::vector<std::string>& resolved,
                        const PolicyOptions& options) {
  const auto within = [&](std::string_view schema) {
    return !resolved.empty() && std::ranges::all_of(resolved, [&](const std::string& name) {
      return name.starts_with(schema) && name[schema.size()] == '.';
    });
  };
  if (asked.noun == "session" || asked.noun == "setting") return "session statements need no rule";
  if (within(kTemporarySchema)) return "the session's own temporary object";
  if (within(kCatalogSchema) || within(kInformationSchema)) {
    return asked.noun == "function" ? "a harmless function of PostgreSQL's own" : "a catalog relation without secrets";
  }
  if (asked.noun == "type" || asked.noun == "operator") return "nothing behind it needs a rule";
  return options.default_action == PolicyAction::allow ? "no rule speaks of it, and the default allows"
                                                       : "nothing behind it needs a rule";
}

std::string why_denied(const Ruling& ruling, const PolicyOptions& options) {
  if (ruling.indirect) return "no rule allows all that it leads to";
  const bool default_decides = ruling.naming == Naming::any && options.default_action == PolicyAction::block;
  if (default_decides) return "no rule speaks of it, and the default blocks";
  return "it needs a rule" + std::string(required_name(ruling.naming));
}

}  // namespace

AnsweredQuestion answered_question(const AskedObject& asked, const Ruling& ruling, const Verdict& touched,
                                   const PolicyOptions& options) {
  AnsweredQuestion answer;
  answer.noun = asked.noun;
  // Some are written with their noun in front.
  const std::string noun = answer.noun + ' ';
  answer.written = asked.written.starts_with(noun) ? asked.written.substr(noun.size()) : asked.written;
  answer.resolved = resolved_names(asked, answer.written, touched);
  answer.type = asked.type;
  answer.allowed = ruling.allowed;
  if (ruling.match) {
    answer.rule = ruling.match.rule->id;
    answer.specificity = ruling.match.specificity;
    answer.why = why_by_rule(ruling);
  } else {
    answer.why = ruling.allowed ? why_allowed(asked, answer.resolved, options) : why_denied(ruling, options);
  }
  return answer;
}

}  // namespace sqlproxy::pipeline
