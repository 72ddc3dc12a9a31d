#include "pipeline/judge_statement.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "pipeline/ascii_case.hpp"
#include "pipeline/function_classes.hpp"

namespace sqlproxy::pipeline {
namespace {

using enum StatementType;

// The types of the set, one by one.
template <class Visit>
void for_each_type(StatementTypes types, Visit visit) {
  for (unsigned i = 0; i <= static_cast<unsigned>(session); ++i) {
    const auto type = static_cast<StatementType>(i);
    if (types.contains(type)) visit(type);
  }
}

}  // namespace

StatementJudge::StatementJudge(const Statement& statement, const NameScope& scope, const Catalog& catalog,
                               const Arbiter& arbiter, VerdictBuilder& verdict)
    : statement_(statement),
      scope_(scope),
      catalog_(catalog),
      arbiter_(arbiter),
      verdict_(verdict),
      resolver_(scope, catalog) {}

void StatementJudge::judge() {
  for (const ObjectRef& object : statement_.objects) judge_object(object);
  for (const FunctionRef& call : statement_.functions) {
    if (call.attribute_notation)
      judge_attribute(call);
    else
      judge_call(call);
  }
  for (const OperatorRef& op : statement_.operators) judge_operator(op);
  for (const TypeRef& type : statement_.types) judge_type(type.name);
}

void StatementJudge::settle(const AskedObject& asked, const Ruling& ruling) {
  verdict_.answer(asked, ruling);
  if (ruling.allowed)
    verdict_.allow(ruling);
  else if (!verdict_.denied())
    verdict_.deny(ruling, object_denied(asked, ruling));
}

bool StatementJudge::refuse_foreign_database(const QualifiedName& name) {
  if (!resolver_.is_foreign_database(name)) return false;
  verdict_.deny({}, foreign_database(name));
  return true;
}

void StatementJudge::judge_object(const ObjectRef& object) {
  switch (object.kind) {
    case ObjectKind::relation: return judge_relation(object);
    case ObjectKind::function: return judge_function_object(object);
    case ObjectKind::type:
    case ObjectKind::schema: return judge_in_schema(object);
    case ObjectKind::database:
      for_each_type(object.required, [&](StatementType type) {
        settle({"database", scope_.database, "database " + scope_.database, type}, arbiter_.in_database(type));
      });
      return;
  }
}

void StatementJudge::judge_relation(const ObjectRef& object) {
  if (refuse_foreign_database(object.name)) return;
  const RelationCandidates candidates = object.created || object.temporary
                                            ? resolver_.created(object.name, object.temporary)
                                            : resolver_.relation(object.name);
  if (candidates.missed) verdict_.note_catalog_miss();
  for (const NameCandidate& candidate : candidates.all) {
    verdict_.touch({scope_.database, std::string(candidate.schema), std::string(candidate.name), object.usage});
  }
  const ColumnsRead columns = object.spares_sensitive_columns ? ColumnsRead::harmless : ColumnsRead::any;
  for_each_type(object.required, [&](StatementType type) {
    Ruling ruling{.allowed = true};
    for (const NameCandidate& candidate : candidates.all) {
      ruling = weakest(ruling, arbiter_.relation(candidate, type, columns));
    }
    settle({"table", object.name.name, written_name(object.name), type}, ruling);
  });
  if (!object.any_of.empty()) judge_any_of(object, candidates.all);
  if (!statement_.cascades) return;
  for (const NameCandidate& candidate : candidates.all) judge_cascade(object, candidate);
}

// Each relation that the name may stand for must permit one of the types.
void StatementJudge::judge_any_of(const ObjectRef& object, const std::vector<NameCandidate>& candidates) {
  Ruling ruling{.allowed = true};
  std::optional<StatementType> first;
  for_each_type(object.any_of, [&](StatementType type) { first = first.value_or(type); });
  for (const NameCandidate& candidate : candidates) {
    std::optional<Ruling> best;
    for_each_type(object.any_of, [&](StatementType type) {
      if (!best || !best->allowed) {
        const Ruling next = arbiter_.relation(candidate, type);
        if (!best || next.allowed) best = next;
      }
    });
    ruling = weakest(ruling, *best);
  }
  settle({"table", object.name.name, written_name(object.name), *first}, ruling);
}

// CASCADE reaches what the text does not name: other tables' rows for TRUNCATE, which the catalog tells; any dependent
// object for DROP, which asks for the whole schema.
void StatementJudge::judge_cascade(const ObjectRef& object, const NameCandidate& candidate) {
  const std::string written = written_name(object.name);
  if (object.required.contains(truncate)) {
    const Ruling ruling = candidate.relation != nullptr ? arbiter_.truncate_cascade(*candidate.relation)
                                                        : arbiter_.in_schema(candidate.schema, truncate);
    settle({"table", object.name.name, written, truncate}, ruling);
  }
  judge_dependents(object, candidate.schema);
}

void StatementJudge::judge_dependents(const ObjectRef& object, std::string_view schema) {
  if (!object.required.contains(ddl)) return;
  settle({"schema", schema, "everything that depends on " + written_name(object.name), ddl},
         arbiter_.in_schema(schema, ddl));
}

void StatementJudge::judge_function_object(const ObjectRef& object) {
  if (refuse_foreign_database(object.name)) return;
  std::vector<std::string_view> schemas;
  if (object.created) {
    for (const NameCandidate& candidate : resolver_.created(object.name, object.temporary).all) {
      schemas.push_back(candidate.schema);
    }
  } else {
    FunctionCandidates candidates = resolver_.function(object.name, -1);
    for (const CatalogFunction* function : candidates.known) schemas.push_back(function->schema);
    if (candidates.known.empty()) {
      schemas = std::move(candidates.unknown_schemas);
      verdict_.note_catalog_miss();
    }
  }
  for_each_type(object.required, [&](StatementType type) {
    Ruling ruling{.allowed = true};
    for (const std::string_view schema : schemas) {
      ruling = weakest(ruling, arbiter_.function_object(schema, object.name.name, type));
    }
    settle({"function", object.name.name, written_name(object.name), type}, ruling);
  });
  if (!statement_.cascades) return;
  for (const std::string_view schema : schemas) judge_dependents(object, schema);
}

// Schemas, types, and what else lives in a schema.
void StatementJudge::judge_in_schema(const ObjectRef& object) {
  if (refuse_foreign_database(object.name)) return;
  std::vector<std::string_view> schemas;
  if (!object.name.schema.empty()) {
    schemas.push_back(object.name.schema);
  } else if (object.created) {
    for (const NameCandidate& candidate : resolver_.created(object.name, object.temporary).all) {
      schemas.push_back(candidate.schema);
    }
  } else if (object.kind == ObjectKind::type) {
    for (const TypeCandidate& type : resolver_.types(object.name)) schemas.push_back(type.schema);
  }
  if (schemas.empty()) schemas = resolver_.possible_schemas(object.name);
  const bool is_schema = object.kind == ObjectKind::schema;
  for_each_type(object.required, [&](StatementType type) {
    Ruling ruling{.allowed = true};
    for (const std::string_view schema : schemas) ruling = weakest(ruling, arbiter_.in_schema(schema, type));
    const std::string_view name = is_schema ? schemas.front() : std::string_view(object.name.name);
    settle({is_schema ? "schema" : "type", name, written_name(object.name), type}, ruling);
  });
}

void StatementJudge::judge_call(const FunctionRef& call) {
  if (refuse_foreign_database(call.name)) return;
  const FunctionCandidates candidates = resolver_.function(call.name, call.argument_count);
  if (candidates.known.empty()) return judge_unknown_call(call, candidates.unknown_schemas);
  Ruling ruling{.allowed = true};
  const auto is_safe_builtin = [](const CatalogFunction* function) {
    return function->schema == kCatalogSchema && function->function_class == FunctionClass::safe;
  };
  const bool names_builtin = call.name.schema.empty() && std::ranges::any_of(candidates.known, is_safe_builtin);
  const CatalogFunction* last_builtin = nullptr;
  for (const CatalogFunction* function : candidates.known) {
    if (function->schema == kCatalogSchema) {
      // Overloads of one class get one answer.
      const bool same = last_builtin != nullptr && last_builtin->function_class == function->function_class;
      last_builtin = function;
      if (same) continue;
    }
    verdict_.call(function->schema, function->name);
    const bool overloads = names_builtin && function->function_class == FunctionClass::user_written;
    ruling = weakest(ruling, overloads ? arbiter_.overload_call(*function) : rule_on_call(call, *function));
  }
  settle({"function", call.name.name, written_name(call.name), execute}, ruling);
}

Ruling StatementJudge::rule_on_call(const FunctionRef& call, const CatalogFunction& function) const {
  if (function.function_class == FunctionClass::changes_setting) {
    // What it changes is judged as a setting; without a trace of it in the analysis the call is not understood.
    const bool told = std::ranges::any_of(statement_.settings, &SettingChange::by_function);
    if (told) return arbiter_.harmless_call(function.schema, function.name);
  }
  if (function.function_class == FunctionClass::reads_setting) {
    const bool constant = !call.constant_arguments.empty() && call.constant_arguments.front().has_value();
    if (constant) return arbiter_.setting_value(ascii_lower(*call.constant_arguments.front()));
  }
  return arbiter_.call(function);
}

void StatementJudge::judge_unknown_call(const FunctionRef& call, const std::vector<std::string_view>& schemas) {
  // `typename(x)` is a cast.
  const bool may_be_cast = call.argument_count == 1 && !resolver_.types(call.name).empty();
  if (may_be_cast) return judge_type(call.name);
  verdict_.note_catalog_miss();
  Ruling ruling{.allowed = true};
  for (const std::string_view schema : schemas) {
    verdict_.call(schema, call.name.name);
    ruling = weakest(ruling, arbiter_.call_unknown(schema, call.name.name));
  }
  settle({"function", call.name.name, written_name(call.name), execute}, ruling);
}

// `t.f` and `(x).f` call f when there is no column f. As long as columns are not known, each is both: a function that
// could be meant must be permitted; where there is none it is a column.
void StatementJudge::judge_attribute(const FunctionRef& call) {
  Ruling ruling{.allowed = true};
  for (const CatalogFunction* function : resolver_.function(call.name, 1).known) {
    if (function->kind == 'p' || !accepts_arguments(*function, 1)) continue;
    // Columns are often called as harmless functions are (name, date, text), which rules may block.
    if (function->function_class != FunctionClass::safe) ruling = weakest(ruling, arbiter_.call(*function));
  }
  if (ruling.allowed && !ruling.match) return;
  settle({"function", call.name.name, written_name(call.name), execute}, ruling);
}

void StatementJudge::judge_operator(const OperatorRef& op) {
  const OperatorCandidates candidates = resolver_.operators(op.name);
  Ruling ruling{.allowed = true};
  for (const CatalogOperator* candidate : candidates.others) {
    ruling = weakest(ruling, arbiter_.implied_call(candidate->function));
  }
  if (!candidates.builtin && candidates.others.empty()) {
    verdict_.note_catalog_miss();
    ruling = rule_on_unknown(op.name);
  }
  settle({"operator", op.name.name, "operator " + written_name(op.name), execute}, ruling);
}

void StatementJudge::judge_type(const QualifiedName& name) {
  if (is_serial(name) || refuse_foreign_database(name)) return;
  const std::vector<TypeCandidate> candidates = resolver_.types(name);
  Ruling ruling{.allowed = true};
  for (const TypeCandidate& candidate : candidates) ruling = weakest(ruling, rule_on_type(candidate));
  if (candidates.empty()) {
    verdict_.note_catalog_miss();
    ruling = rule_on_unknown(name);
  }
  settle({"type", name.name, "type " + written_name(name), execute}, ruling);
}

Ruling StatementJudge::rule_on_type(const TypeCandidate& type) const {
  Ruling ruling{.allowed = true};
  if (type.type == nullptr) return ruling;
  for (const Oid function : type.type->functions) ruling = weakest(ruling, arbiter_.implied_call(function));
  for (const Oid function : catalog_.cast_functions(type.type->oid)) {
    ruling = weakest(ruling, arbiter_.implied_call(function));
  }
  return ruling;
}

Ruling StatementJudge::rule_on_unknown(const QualifiedName& name) const {
  Ruling ruling{.allowed = true};
  for (const std::string_view schema : resolver_.possible_schemas(name)) {
    ruling = weakest(ruling, arbiter_.in_schema(schema, ddl));
  }
  return ruling;
}

}  // namespace sqlproxy::pipeline
