#include "pipeline/statement_tag.hpp"

#include <string_view>

namespace sqlproxy::pipeline {
namespace {

using enum StatementType;

struct FixedTag {
  NodeTag node;
  StatementType type;
  std::string_view sub_type;
};

// Statements whose kind of node tells all.
constexpr FixedTag kFixedTags[] = {
    {T_InsertStmt, insert, "INSERT"},
    {T_UpdateStmt, update, "UPDATE"},
    {T_DeleteStmt, delete_, "DELETE"},
    {T_MergeStmt, merge, "MERGE"},
    {T_TruncateStmt, truncate, "TRUNCATE TABLE"},
    {T_LockStmt, lock, "LOCK TABLE"},
    {T_CallStmt, execute, "CALL"},
    {T_ExecuteStmt, execute, "EXECUTE"},
    {T_DoStmt, do_block, "DO"},
    {T_NotifyStmt, notify, "NOTIFY"},
    {T_ListenStmt, notify, "LISTEN"},
    {T_UnlistenStmt, notify, "UNLISTEN"},
    {T_LoadStmt, server_file, "LOAD"},
    {T_VariableShowStmt, session, "SHOW"},
    {T_ConstraintsSetStmt, session, "SET CONSTRAINTS"},
    {T_CheckPointStmt, maintenance, "CHECKPOINT"},
    {T_ClusterStmt, maintenance, "CLUSTER"},
    {T_ReindexStmt, maintenance, "REINDEX"},
    {T_RefreshMatViewStmt, maintenance, "REFRESH MATERIALIZED VIEW"},
    {T_AlterDefaultPrivilegesStmt, dcl, "ALTER DEFAULT PRIVILEGES"},
    {T_AlterRoleSetStmt, dcl, "ALTER ROLE"},
    {T_AlterRoleStmt, dcl, "ALTER ROLE"},
    {T_CreateRoleStmt, dcl, "CREATE ROLE"},
    {T_DropRoleStmt, dcl, "DROP ROLE"},
    {T_DropOwnedStmt, dcl, "DROP OWNED"},
    {T_ReassignOwnedStmt, dcl, "REASSIGN OWNED"},
    {T_AlterCollationStmt, ddl, "ALTER COLLATION"},
    {T_AlterDatabaseRefreshCollStmt, ddl, "ALTER DATABASE"},
    {T_AlterDatabaseSetStmt, ddl, "ALTER DATABASE"},
    {T_AlterDatabaseStmt, ddl, "ALTER DATABASE"},
    {T_AlterDomainStmt, ddl, "ALTER DOMAIN"},
    {T_AlterEnumStmt, ddl, "ALTER TYPE"},
    {T_AlterEventTrigStmt, ddl, "ALTER EVENT TRIGGER"},
    {T_AlterExtensionContentsStmt, ddl, "ALTER EXTENSION"},
    {T_AlterExtensionStmt, ddl, "ALTER EXTENSION"},
    {T_AlterFdwStmt, ddl, "ALTER FOREIGN DATA WRAPPER"},
    {T_AlterForeignServerStmt, ddl, "ALTER SERVER"},
    {T_AlterOpFamilyStmt, ddl, "ALTER OPERATOR FAMILY"},
    {T_AlterOperatorStmt, ddl, "ALTER OPERATOR"},
    {T_AlterPolicyStmt, ddl, "ALTER POLICY"},
    {T_AlterPublicationStmt, ddl, "ALTER PUBLICATION"},
    {T_AlterSeqStmt, ddl, "ALTER SEQUENCE"},
    {T_AlterStatsStmt, ddl, "ALTER STATISTICS"},
    {T_AlterSubscriptionStmt, ddl, "ALTER SUBSCRIPTION"},
    {T_AlterSystemStmt, ddl, "ALTER SYSTEM"},
    {T_AlterTSConfigurationStmt, ddl, "ALTER TEXT SEARCH CONFIGURATION"},
    {T_AlterTSDictionaryStmt, ddl, "ALTER TEXT SEARCH DICTIONARY"},
    {T_AlterTableSpaceOptionsStmt, ddl, "ALTER TABLESPACE"},
    {T_AlterTypeStmt, ddl, "ALTER TYPE"},
    {T_AlterUserMappingStmt, ddl, "ALTER USER MAPPING"},
    {T_CommentStmt, ddl, "COMMENT"},
    {T_CompositeTypeStmt, ddl, "CREATE TYPE"},
    {T_CreateAmStmt, ddl, "CREATE ACCESS METHOD"},
    {T_CreateCastStmt, ddl, "CREATE CAST"},
    {T_CreateConversionStmt, ddl, "CREATE CONVERSION"},
    {T_CreateDomainStmt, ddl, "CREATE DOMAIN"},
    {T_CreateEnumStmt, ddl, "CREATE TYPE"},
    {T_CreateEventTrigStmt, ddl, "CREATE EVENT TRIGGER"},
    {T_CreateExtensionStmt, ddl, "CREATE EXTENSION"},
    {T_CreateFdwStmt, ddl, "CREATE FOREIGN DATA WRAPPER"},
    {T_CreateForeignServerStmt, ddl, "CREATE SERVER"},
    {T_CreateForeignTableStmt, ddl, "CREATE FOREIGN TABLE"},
    {T_CreateOpClassStmt, ddl, "CREATE OPERATOR CLASS"},
    {T_CreateOpFamilyStmt, ddl, "CREATE OPERATOR FAMILY"},
    {T_CreatePLangStmt, ddl, "CREATE LANGUAGE"},
    {T_CreatePolicyStmt, ddl, "CREATE POLICY"},
    {T_CreatePublicationStmt, ddl, "CREATE PUBLICATION"},
    {T_CreateRangeStmt, ddl, "CREATE TYPE"},
    {T_CreateSchemaStmt, ddl, "CREATE SCHEMA"},
    {T_CreateSeqStmt, ddl, "CREATE SEQUENCE"},
    {T_CreateStatsStmt, ddl, "CREATE STATISTICS"},
    {T_CreateStmt, ddl, "CREATE TABLE"},
    {T_CreateSubscriptionStmt, ddl, "CREATE SUBSCRIPTION"},
    {T_CreateTableSpaceStmt, ddl, "CREATE TABLESPACE"},
    {T_CreateTransformStmt, ddl, "CREATE TRANSFORM"},
    {T_CreateTrigStmt, ddl, "CREATE TRIGGER"},
    {T_CreateUserMappingStmt, ddl, "CREATE USER MAPPING"},
    {T_CreatedbStmt, ddl, "CREATE DATABASE"},
    {T_DropSubscriptionStmt, ddl, "DROP SUBSCRIPTION"},
    {T_DropTableSpaceStmt, ddl, "DROP TABLESPACE"},
    {T_DropUserMappingStmt, ddl, "DROP USER MAPPING"},
    {T_DropdbStmt, ddl, "DROP DATABASE"},
    {T_ImportForeignSchemaStmt, ddl, "IMPORT FOREIGN SCHEMA"},
    {T_IndexStmt, ddl, "CREATE INDEX"},
    {T_RuleStmt, ddl, "CREATE RULE"},
    {T_SecLabelStmt, ddl, "SECURITY LABEL"},
    {T_ViewStmt, ddl, "CREATE VIEW"},
};

struct ObjectWord {
  ObjectType type;
  std::string_view word;
};

// The words that PostgreSQL's tags have for kinds of objects.
constexpr ObjectWord kObjectWords[] = {
    {OBJECT_ACCESS_METHOD, "ACCESS METHOD"},
    {OBJECT_AGGREGATE, "AGGREGATE"},
    {OBJECT_CAST, "CAST"},
    {OBJECT_COLLATION, "COLLATION"},
    {OBJECT_CONVERSION, "CONVERSION"},
    {OBJECT_DATABASE, "DATABASE"},
    {OBJECT_DOMAIN, "DOMAIN"},
    {OBJECT_DOMCONSTRAINT, "DOMAIN"},
    {OBJECT_EVENT_TRIGGER, "EVENT TRIGGER"},
    {OBJECT_EXTENSION, "EXTENSION"},
    {OBJECT_FDW, "FOREIGN DATA WRAPPER"},
    {OBJECT_FOREIGN_SERVER, "SERVER"},
    {OBJECT_FOREIGN_TABLE, "FOREIGN TABLE"},
    {OBJECT_FUNCTION, "FUNCTION"},
    {OBJECT_INDEX, "INDEX"},
    {OBJECT_LANGUAGE, "LANGUAGE"},
    {OBJECT_LARGEOBJECT, "LARGE OBJECT"},
    {OBJECT_MATVIEW, "MATERIALIZED VIEW"},
    {OBJECT_OPCLASS, "OPERATOR CLASS"},
    {OBJECT_OPERATOR, "OPERATOR"},
    {OBJECT_OPFAMILY, "OPERATOR FAMILY"},
    {OBJECT_POLICY, "POLICY"},
    {OBJECT_PROCEDURE, "PROCEDURE"},
    {OBJECT_PUBLICATION, "PUBLICATION"},
    {OBJECT_ROLE, "ROLE"},
    {OBJECT_ROUTINE, "ROUTINE"},
    {OBJECT_RULE, "RULE"},
    {OBJECT_SCHEMA, "SCHEMA"},
    {OBJECT_SEQUENCE, "SEQUENCE"},
    {OBJECT_STATISTIC_EXT, "STATISTICS"},
    {OBJECT_SUBSCRIPTION, "SUBSCRIPTION"},
    {OBJECT_TABLESPACE, "TABLESPACE"},
    {OBJECT_TRANSFORM, "TRANSFORM"},
    {OBJECT_TRIGGER, "TRIGGER"},
    {OBJECT_TSCONFIGURATION, "TEXT SEARCH CONFIGURATION"},
    {OBJECT_TSDICTIONARY, "TEXT SEARCH DICTIONARY"},
    {OBJECT_TSPARSER, "TEXT SEARCH PARSER"},
    {OBJECT_TSTEMPLATE, "TEXT SEARCH TEMPLATE"},
    {OBJECT_ATTRIBUTE, "TYPE"},
    {OBJECT_TYPE, "TYPE"},
    {OBJECT_VIEW, "VIEW"},
};

[[nodiscard]] std::string_view word_for(ObjectType type) {
  for (const ObjectWord& object : kObjectWords) {
    if (object.type == type) return object.word;
  }
  return "TABLE";  // and its columns and constraints
}

[[nodiscard]] StatementTag ddl_on(std::string_view verb, ObjectType type) {
  return {ddl, std::string(verb) + std::string(word_for(type))};
}

[[nodiscard]] bool has_into(const SelectStmt* select) {
  while (select->op != SETOP_NONE) select = select->larg;
  return select->intoClause != nullptr;
}

[[nodiscard]] StatementTag tag_of_transaction(const TransactionStmt& statement) {
  switch (statement.kind) {
    case TRANS_STMT_BEGIN: return {transaction, "BEGIN"};
    case TRANS_STMT_START: return {transaction, "START TRANSACTION"};
    case TRANS_STMT_COMMIT: return {transaction, "COMMIT"};
    case TRANS_STMT_ROLLBACK:
    case TRANS_STMT_ROLLBACK_TO: return {transaction, "ROLLBACK"};
    case TRANS_STMT_SAVEPOINT: return {transaction, "SAVEPOINT"};
    case TRANS_STMT_RELEASE: return {transaction, "RELEASE"};
    case TRANS_STMT_PREPARE: return {maintenance, "PREPARE TRANSACTION"};
    case TRANS_STMT_COMMIT_PREPARED: return {maintenance, "COMMIT PREPARED"};
    case TRANS_STMT_ROLLBACK_PREPARED: return {maintenance, "ROLLBACK PREPARED"};
  }
  return {};
}

[[nodiscard]] StatementTag tag_of_set(const VariableSetStmt& set) {
  if (set.kind == VAR_RESET || set.kind == VAR_RESET_ALL) return {session, "RESET"};
  const std::string_view name = text_of(set.name);
  const bool transactional = set.kind == VAR_SET_MULTI && name != "SESSION CHARACTERISTICS";
  return {transactional ? transaction : session, "SET"};
}

[[nodiscard]] std::string_view tag_of_discard(DiscardMode mode) {
  switch (mode) {
    case DISCARD_ALL: return "DISCARD ALL";
    case DISCARD_PLANS: return "DISCARD PLANS";
    case DISCARD_SEQUENCES: return "DISCARD SEQUENCES";
    case DISCARD_TEMP: return "DISCARD TEMP";
  }
  return "DISCARD";
}

// Statements that have another statement's type.
[[nodiscard]] StatementTag tag_of_wrapper(std::string_view sub_type, const Node* inner) {
  return {tag_of(inner).type, std::string(sub_type)};
}

[[nodiscard]] StatementTag tag_of_alteration(const Node* statement) {
  switch (nodeTag(statement)) {
    case T_AlterTableStmt: return ddl_on("ALTER ", as<AlterTableStmt>(statement).objtype);
    case T_AlterTableMoveAllStmt: return ddl_on("ALTER ", as<AlterTableMoveAllStmt>(statement).objtype);
    case T_AlterFunctionStmt: return ddl_on("ALTER ", as<AlterFunctionStmt>(statement).objtype);
    case T_AlterObjectDependsStmt: return ddl_on("ALTER ", as<AlterObjectDependsStmt>(statement).objectType);
    case T_AlterObjectSchemaStmt: return ddl_on("ALTER ", as<AlterObjectSchemaStmt>(statement).objectType);
    case T_AlterOwnerStmt: return ddl_on("ALTER ", as<AlterOwnerStmt>(statement).objectType);
    case T_RenameStmt: {
      const RenameStmt& rename = as<RenameStmt>(statement);
      if (rename.renameType == OBJECT_ROLE) return {dcl, "ALTER ROLE"};
      const bool of_relation = rename.renameType == OBJECT_COLUMN || rename.renameType == OBJECT_ATTRIBUTE;
      return ddl_on("ALTER ", of_relation ? rename.relationType : rename.renameType);
    }
    default: return {};
  }
}

[[nodiscard]] StatementTag tag_of_definition(const Node* statement) {
  switch (nodeTag(statement)) {
    case T_CreateTableAsStmt: {
      const bool table = as<CreateTableAsStmt>(statement).objtype == OBJECT_TABLE;
      return {ddl, table ? "CREATE TABLE AS" : "CREATE MATERIALIZED VIEW"};
    }
    case T_CreateFunctionStmt:
      return {ddl, as<CreateFunctionStmt>(statement).is_procedure ? "CREATE PROCEDURE" : "CREATE FUNCTION"};
    case T_DefineStmt: return ddl_on("CREATE ", as<DefineStmt>(statement).kind);
    case T_DropStmt: return ddl_on("DROP ", as<DropStmt>(statement).removeType);
    case T_GrantStmt: return {dcl, as<GrantStmt>(statement).is_grant ? "GRANT" : "REVOKE"};
    case T_GrantRoleStmt: return {dcl, as<GrantRoleStmt>(statement).is_grant ? "GRANT ROLE" : "REVOKE ROLE"};
    default: return tag_of_alteration(statement);
  }
}

}  // namespace

StatementTag tag_of(const Node* statement) {
  switch (nodeTag(statement)) {
    case T_SelectStmt:
      return has_into(&as<SelectStmt>(statement)) ? StatementTag{ddl, "SELECT INTO"} : StatementTag{select, "SELECT"};
    case T_CopyStmt: return {as<CopyStmt>(statement).is_from ? copy_from : copy_to, "COPY"};
    case T_ExplainStmt: return tag_of_wrapper("EXPLAIN", as<ExplainStmt>(statement).query);
    case T_PrepareStmt: return tag_of_wrapper("PREPARE", as<PrepareStmt>(statement).query);
    case T_DeclareCursorStmt: return tag_of_wrapper("DECLARE CURSOR", as<DeclareCursorStmt>(statement).query);
    case T_FetchStmt: return {select, as<FetchStmt>(statement).ismove ? "MOVE" : "FETCH"};
    case T_ClosePortalStmt:
      return {session, as<ClosePortalStmt>(statement).portalname == nullptr ? "CLOSE CURSOR ALL" : "CLOSE CURSOR"};
    case T_DeallocateStmt:
      return {session, as<DeallocateStmt>(statement).name == nullptr ? "DEALLOCATE ALL" : "DEALLOCATE"};
    case T_DiscardStmt: return {session, std::string(tag_of_discard(as<DiscardStmt>(statement).target))};
    case T_TransactionStmt: return tag_of_transaction(as<TransactionStmt>(statement));
    case T_VacuumStmt: return {maintenance, as<VacuumStmt>(statement).is_vacuumcmd ? "VACUUM" : "ANALYZE"};
    case T_VariableSetStmt: return tag_of_set(as<VariableSetStmt>(statement));
    default: break;
  }
  for (const FixedTag& fixed : kFixedTags) {
    if (fixed.node == nodeTag(statement)) return {fixed.type, std::string(fixed.sub_type)};
  }
  return tag_of_definition(statement);
}

bool returns_rows(const Node* statement) {
  switch (nodeTag(statement)) {
    case T_SelectStmt: return !has_into(&as<SelectStmt>(statement));
    case T_InsertStmt: return as<InsertStmt>(statement).returningList != nullptr;
    case T_UpdateStmt: return as<UpdateStmt>(statement).returningList != nullptr;
    case T_DeleteStmt: return as<DeleteStmt>(statement).returningList != nullptr;
    case T_FetchStmt: return !as<FetchStmt>(statement).ismove;
    case T_ExplainStmt:
    case T_VariableShowStmt: return true;
    default: return false;
  }
}

}  // namespace sqlproxy::pipeline
