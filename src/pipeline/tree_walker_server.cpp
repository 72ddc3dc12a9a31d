// TreeWalker: DDL and DCL about what stands beside the schemas: roles, databases, extensions, foreign servers ...
#include "pipeline/tree_walker.hpp"

namespace sqlproxy::pipeline {

using enum StatementType;

namespace {

std::string_view string_option(const List* options, std::string_view name) {
  for (const ListCell& cell : cells(options)) {
    const DefElem& option = as<DefElem>(node_in(cell));
    if (text_of(option.defname) == name) return text_of(option.arg);
  }
  return {};
}

std::string_view emptied_database(const Node* node) {
  switch (nodeTag(node)) {
    case T_CreatedbStmt: return string_option(as<CreatedbStmt>(node).options, "template");
    case T_AlterDatabaseStmt: {
      const AlterDatabaseStmt& alter = as<AlterDatabaseStmt>(node);
      return string_option(alter.options, "tablespace").empty() ? std::string_view() : text_of(alter.dbname);
    }
    default: return text_of(as<DropdbStmt>(node).dbname);
  }
}

}  // namespace

bool TreeWalker::visit_server_statement(const Node* node, const Context& context) {
  switch (nodeTag(node)) {
    case T_AlterDatabaseRefreshCollStmt:
    case T_AlterDatabaseSetStmt:
    case T_AlterEventTrigStmt:
    case T_AlterExtensionStmt:
    case T_AlterSubscriptionStmt:
    case T_AlterTableSpaceOptionsStmt:
    case T_CreateExtensionStmt:
    case T_CreateSubscriptionStmt:
    case T_CreateTableSpaceStmt:
    case T_DropSubscriptionStmt:
    case T_DropTableSpaceStmt: references_.add_database(ddl); return true;
    case T_AlterDatabaseStmt:
    case T_CreatedbStmt:
    case T_DropdbStmt:
      references_.add_database(ddl);
      references_.statement().emptied_database = emptied_database(node);
      return true;
    case T_AlterSystemStmt:
      // Writes a file of the server's, whose settings can run programs.
      references_.add_database(StatementTypes(ddl) | server_file);
      return true;
    case T_AlterRoleSetStmt:
    case T_AlterRoleStmt:
    case T_CreateRoleStmt:
    case T_DropRoleStmt:
    case T_GrantRoleStmt:
    case T_ReassignOwnedStmt: references_.add_database(dcl); return true;
    case T_DropOwnedStmt:
      if (as<DropOwnedStmt>(node).behavior == DROP_CASCADE) references_.statement().cascades = true;
      references_.add_database(StatementTypes(ddl) | dcl);
      return true;
    case T_CreateAmStmt:
      references_.add_database(ddl);
      references_.add_function(as<CreateAmStmt>(node).handler_name, 1);
      return true;
    case T_CreateEventTrigStmt:
      references_.add_database(ddl);
      references_.add_function(as<CreateEventTrigStmt>(node).funcname, 0);
      return true;
    case T_CreatePLangStmt: {
      const CreatePLangStmt& language = as<CreatePLangStmt>(node);
      references_.add_database(ddl);
      references_.add_function(language.plhandler, 0);
      references_.add_function(language.plinline, 1);
      references_.add_function(language.plvalidator, 1);
      return true;
    }
    case T_CreatePublicationStmt:
      references_.add_database(ddl);
      read_publication_objects(as<CreatePublicationStmt>(node).pubobjects, context);
      return true;
    case T_AlterPublicationStmt:
      references_.add_database(ddl);
      read_publication_objects(as<AlterPublicationStmt>(node).pubobjects, context);
      return true;
    default: return visit_foreign_statement(node, context);
  }
}

bool TreeWalker::visit_foreign_statement(const Node* node, const Context& /*context*/) {
  switch (nodeTag(node)) {
    case T_AlterForeignServerStmt:
    case T_AlterUserMappingStmt:
    case T_CreateForeignServerStmt:
    case T_CreateUserMappingStmt:
    case T_DropUserMappingStmt: references_.add_database(ddl); return true;
    case T_CreateFdwStmt:
      references_.add_database(ddl);
      read_handlers(as<CreateFdwStmt>(node).func_options);
      return true;
    case T_AlterFdwStmt:
      references_.add_database(ddl);
      read_handlers(as<AlterFdwStmt>(node).func_options);
      return true;
    case T_ImportForeignSchemaStmt:
      // The tables named are the other server's.
      references_.add_schema(text_of(as<ImportForeignSchemaStmt>(node).local_schema), ddl);
      return true;
    default: return false;
  }
}

void TreeWalker::read_handlers(const List* options) {
  for (const ListCell& cell : cells(options)) {
    const Node* function = as<DefElem>(node_in(cell)).arg;
    if (is(function, T_List)) references_.add_function(&as<List>(function), -1);
  }
}

// What is published leaves the server, or stops to: its owner's decision.
void TreeWalker::read_publication_objects(const List* objects, const Context& context) {
  for (const ListCell& cell : cells(objects)) {
    const PublicationObjSpec& object = as<PublicationObjSpec>(node_in(cell));
    if (object.pubtable != nullptr) {
      references_.add_relation(*object.pubtable->relation, ddl);
      push(context, object.pubtable->whereClause);
    } else if (object.name != nullptr) {
      references_.add_schema(text_of(object.name), ddl);
    }
  }
}

}  // namespace sqlproxy::pipeline
