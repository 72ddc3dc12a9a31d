// TreeWalker: DDL about functions, types, operators and other objects in schemas.
#include <algorithm>
#include <array>

#include "pipeline/tree_walker.hpp"

namespace sqlproxy::pipeline {

using enum StatementType;

namespace {

// The attributes of CREATE AGGREGATE, OPERATOR, TYPE and TEXT SEARCH that name functions, types or operators. All of
// them look like types to the grammar; the others are words (`storage = plain`) or values.
constexpr std::array<std::string_view, 31> kFunctionAttributes{
    "sfunc",    "finalfunc", "combinefunc", "serialfunc", "deserialfunc", "msfunc",    "minvfunc", "mfinalfunc",
    "sfunc1",   "procedure", "function",    "restrict",   "join",         "input",     "output",   "receive",
    "send",     "typmod_in", "typmod_out",  "analyze",    "subscript",    "canonical", "start",    "subtype_diff",
    "gettoken", "end",       "headline",    "lextypes",   "init",         "lexize",    "stfunc",
};
constexpr std::array<std::string_view, 10> kTypeAttributes{
    "stype",    "mstype",  "stype1",  "basetype", "leftarg",
    "rightarg", "subtype", "element", "like",     "multirange_type_name",
};
constexpr std::array<std::string_view, 3> kOperatorAttributes{"commutator", "negator", "sortop"};

[[nodiscard]] bool contains(const auto& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

// The name that an attribute's value spells, whichever way the grammar read it; empty for values that are no names.
[[nodiscard]] const List* name_of(const Node* value) {
  if (is(value, T_TypeName)) return as<TypeName>(value).names;
  if (is(value, T_List)) return &as<List>(value);
  return nullptr;
}

}  // namespace

bool TreeWalker::visit_object_statement(const Node* node, const Context& context) {
  switch (nodeTag(node)) {
    case T_CreateFunctionStmt: read_create_function(as<CreateFunctionStmt>(node), context); return true;
    case T_AlterFunctionStmt: {
      const AlterFunctionStmt& alter = as<AlterFunctionStmt>(node);
      read_named_object(alter.objtype, as_node(alter.func), ddl, context);
      for (const ListCell& cell : cells(alter.actions)) {
        const DefElem& action = as<DefElem>(node_in(cell));
        if (text_of(action.defname) == "support") references_.add_function(name_of(action.arg), 1);
      }
      return true;
    }
    case T_DefineStmt: read_define(as<DefineStmt>(node), context); return true;
    case T_CreateOpClassStmt: {
      const CreateOpClassStmt& create = as<CreateOpClassStmt>(node);
      references_.add_in_schema(create.opclassname, ddl, true);
      if (create.opfamilyname != nullptr) references_.add_in_schema(create.opfamilyname, ddl);
      push(context, create.datatype, create.items);
      return true;
    }
    case T_CreateOpClassItem: {
      const CreateOpClassItem& item = as<CreateOpClassItem>(node);
      if (item.itemtype == OPCLASS_ITEM_FUNCTION) read_function_reference(item.name, context);
      // ALTER OPERATOR FAMILY ... DROP tells an operator by its number alone.
      if (item.itemtype == OPCLASS_ITEM_OPERATOR && item.name != nullptr) {
        references_.add_operator(item.name->objname);
        push(context, item.name->objargs);
      }
      push(context, item.class_args, item.storedtype);
      return true;
    }
    case T_CreateOpFamilyStmt:
      references_.add_in_schema(as<CreateOpFamilyStmt>(node).opfamilyname, ddl, true);
      return true;
    case T_AlterOpFamilyStmt:
      references_.add_in_schema(as<AlterOpFamilyStmt>(node).opfamilyname, ddl);
      push(context, as<AlterOpFamilyStmt>(node).items);
      return true;
    case T_CreateConversionStmt:
      references_.add_in_schema(as<CreateConversionStmt>(node).conversion_name, ddl, true);
      references_.add_function(as<CreateConversionStmt>(node).func_name, 6);
      return true;
    case T_AlterOperatorStmt:
      references_.add_in_schema(as<AlterOperatorStmt>(node).opername->objname, ddl);
      push(context, as<AlterOperatorStmt>(node).opername->objargs);
      read_definition_options(as<AlterOperatorStmt>(node).options, context);
      return true;
    case T_AlterCollationStmt: references_.add_in_schema(as<AlterCollationStmt>(node).collname, ddl); return true;
    case T_AlterTSDictionaryStmt: references_.add_in_schema(as<AlterTSDictionaryStmt>(node).dictname, ddl); return true;
    case T_AlterTSConfigurationStmt:
      references_.add_in_schema(as<AlterTSConfigurationStmt>(node).cfgname, ddl);
      return true;
    default: return visit_type_statement(node, context);
  }
}

bool TreeWalker::visit_type_statement(const Node* node, const Context& context) {
  switch (nodeTag(node)) {
    case T_CompositeTypeStmt:
      references_.add_object(ObjectKind::type, qualified_name(*as<CompositeTypeStmt>(node).typevar), ddl, true);
      push(context, as<CompositeTypeStmt>(node).coldeflist);
      return true;
    case T_CreateEnumStmt:
      references_.add_object(ObjectKind::type, as<CreateEnumStmt>(node).typeName, ddl, true);
      return true;
    case T_AlterEnumStmt: references_.add_object(ObjectKind::type, as<AlterEnumStmt>(node).typeName, ddl); return true;
    case T_CreateRangeStmt:
      references_.add_object(ObjectKind::type, as<CreateRangeStmt>(node).typeName, ddl, true);
      read_definition_options(as<CreateRangeStmt>(node).params, context);
      return true;
    case T_AlterTypeStmt:
      references_.add_object(ObjectKind::type, as<AlterTypeStmt>(node).typeName, ddl);
      read_definition_options(as<AlterTypeStmt>(node).options, context);
      return true;
    case T_CreateDomainStmt: {
      const CreateDomainStmt& domain = as<CreateDomainStmt>(node);
      references_.add_object(ObjectKind::type, domain.domainname, ddl, true);
      push(context, domain.typeName, domain.collClause, domain.constraints);
      return true;
    }
    case T_AlterDomainStmt:
      references_.add_object(ObjectKind::type, as<AlterDomainStmt>(node).typeName, ddl);
      push(context, as<AlterDomainStmt>(node).def);
      return true;
    case T_CreateCastStmt: {
      // A cast has no schema, and acts wherever its types are used.
      const CreateCastStmt& cast = as<CreateCastStmt>(node);
      references_.add_database(ddl);
      read_function_reference(cast.func, context);
      push(context, cast.sourcetype, cast.targettype);
      return true;
    }
    case T_CreateTransformStmt: {
      const CreateTransformStmt& transform = as<CreateTransformStmt>(node);
      references_.add_database(ddl);
      read_function_reference(transform.fromsql, context);
      read_function_reference(transform.tosql, context);
      push(context, transform.type_name);
      return true;
    }
    default: return false;
  }
}

void TreeWalker::read_create_function(const CreateFunctionStmt& create, const Context& context) {
  references_.add_object(ObjectKind::function, create.funcname, ddl, true);
  push(context, create.parameters, create.returnType);
  for (const ListCell& cell : cells(create.options)) {
    const DefElem& option = as<DefElem>(node_in(cell));
    const std::string_view name = text_of(option.defname);
    if (name == "support") {
      references_.add_function(name_of(option.arg), 1);
    } else if (name == "language") {
      // LANGUAGE C loads a library from the server's disk.
      const std::string_view language = text_of(option.arg);
      if (language == "c" || language == "C") references_.add_database(server_file);
    } else {
      push(context, option.arg);
    }
  }
  push(context, create.sql_body);
}

void TreeWalker::read_define(const DefineStmt& define, const Context& context) {
  switch (define.kind) {
    case OBJECT_AGGREGATE: references_.add_object(ObjectKind::function, define.defnames, ddl, true); break;
    case OBJECT_TYPE: references_.add_object(ObjectKind::type, define.defnames, ddl, true); break;
    default:  // operator, collation, text search
      references_.add_in_schema(define.defnames, ddl, true);
      break;
  }
  push(context, define.args);  // an aggregate's: (parameters, how many are direct)
  read_definition_options(define.definition, context);
}

void TreeWalker::read_definition_options(const List* options, const Context& context) {
  for (const ListCell& cell : cells(options)) {
    const DefElem& option = as<DefElem>(node_in(cell));
    const std::string_view name = text_of(option.defname);
    if (contains(kFunctionAttributes, name)) {
      references_.add_function(name_of(option.arg), -1);
    } else if (contains(kOperatorAttributes, name)) {
      references_.add_operator(name_of(option.arg));
    } else if (contains(kTypeAttributes, name)) {
      push(context, option.arg);
    }
  }
}

// A function that the statement makes PostgreSQL call: a cast's, a transform's, an operator class's.
void TreeWalker::read_function_reference(const ObjectWithArgs* function, const Context& context) {
  if (function == nullptr) return;
  const int count = function->args_unspecified ? -1 : static_cast<int>(cells(function->objargs).size());
  references_.add_function(function->objname, count);
  push(context, function->objargs);
}

}  // namespace sqlproxy::pipeline
