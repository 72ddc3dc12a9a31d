// TreeWalker: DROP, COMMENT, ALTER ... RENAME/SET SCHEMA/OWNER, GRANT: statements about objects of every kind.
#include "pipeline/tree_walker.hpp"

namespace sqlproxy::pipeline {

using enum StatementType;

bool TreeWalker::visit_access_statement(const Node* node, const Context& context) {
  switch (nodeTag(node)) {
    case T_DropStmt: {
      const DropStmt& drop = as<DropStmt>(node);
      if (drop.behavior == DROP_CASCADE) references_.statement().cascades = true;
      for (const ListCell& cell : cells(drop.objects)) {
        read_named_object(drop.removeType, node_in(cell), ddl, context);
      }
      return true;
    }
    case T_CommentStmt:
      read_named_object(as<CommentStmt>(node).objtype, as<CommentStmt>(node).object, ddl, context);
      return true;
    case T_SecLabelStmt:
      read_named_object(as<SecLabelStmt>(node).objtype, as<SecLabelStmt>(node).object, ddl, context);
      return true;
    case T_GrantStmt: read_grant(as<GrantStmt>(node), context); return true;
    case T_AlterDefaultPrivilegesStmt: {
      bool in_schemas = false;
      for (const ListCell& cell : cells(as<AlterDefaultPrivilegesStmt>(node).options)) {
        const DefElem& option = as<DefElem>(node_in(cell));
        if (text_of(option.defname) != "schemas" || !is(option.arg, T_List)) continue;
        in_schemas = true;
        for (const ListCell& schema : cells(&as<List>(option.arg))) {
          references_.add_schema(text_of(node_in(schema)), dcl);
        }
      }
      if (!in_schemas) references_.add_database(dcl);
      return true;
    }
    default: return visit_alteration(node, context);
  }
}

bool TreeWalker::visit_alteration(const Node* node, const Context& context) {
  switch (nodeTag(node)) {
    case T_RenameStmt: read_rename(as<RenameStmt>(node), context); return true;
    case T_AlterObjectSchemaStmt: read_set_schema(as<AlterObjectSchemaStmt>(node), context); return true;
    case T_AlterOwnerStmt: {
      const AlterOwnerStmt& alter = as<AlterOwnerStmt>(node);
      read_altered_object(alter.objectType, alter.relation, alter.object, context);
      return true;
    }
    case T_AlterObjectDependsStmt: {
      const AlterObjectDependsStmt& alter = as<AlterObjectDependsStmt>(node);
      read_altered_object(alter.objectType, alter.relation, alter.object, context);
      return true;
    }
    case T_AlterExtensionContentsStmt: {
      const AlterExtensionContentsStmt& alter = as<AlterExtensionContentsStmt>(node);
      references_.add_database(ddl);
      read_named_object(alter.objtype, alter.object, ddl, context);
      return true;
    }
    default: return false;
  }
}

void TreeWalker::read_named_object(ObjectType type, const Node* object, StatementTypes required,
                                   const Context& context) {
  switch (object == nullptr ? T_Invalid : nodeTag(object)) {
    case T_List: read_named_list(type, &as<List>(object), required, context); return;
    case T_TypeName: references_.add_object(ObjectKind::type, as<TypeName>(object).names, required); return;
    case T_ObjectWithArgs: {
      const ObjectWithArgs& named = as<ObjectWithArgs>(object);
      if (type == OBJECT_OPERATOR) {
        references_.add_in_schema(named.objname, required);
      } else {
        references_.add_object(ObjectKind::function, named.objname, required);
      }
      push(context, named.objargs, named.objfuncargs);
      return;
    }
    case T_String:
      if (type == OBJECT_SCHEMA) {
        references_.add_schema(text_of(object), required);
        return;
      }
      [[fallthrough]];
    default: references_.add_database(required); return;
  }
}

void TreeWalker::read_named_list(ObjectType type, const List* name, StatementTypes required, const Context& context) {
  switch (type) {
    case OBJECT_TABLE:
    case OBJECT_VIEW:
    case OBJECT_MATVIEW:
    case OBJECT_SEQUENCE:
    case OBJECT_INDEX:
    case OBJECT_FOREIGN_TABLE: references_.add_object(ObjectKind::relation, name, required); return;
    case OBJECT_ATTRIBUTE:
    case OBJECT_COLUMN:
    case OBJECT_POLICY:
    case OBJECT_RULE:
    case OBJECT_TABCONSTRAINT:
    case OBJECT_TRIGGER: references_.add_object(ObjectKind::relation, qualified_name_of_owner(name), required); return;
    case OBJECT_TYPE:
    case OBJECT_DOMAIN: references_.add_object(ObjectKind::type, name, required); return;
    case OBJECT_DOMCONSTRAINT: {  // (type, constraint), or the domain's name alone
      const Node* domain = node_at(name, 0);
      const bool typed = is(domain, T_TypeName);
      references_.add_object(ObjectKind::type, typed ? as<TypeName>(domain).names : name, required);
      return;
    }
    case OBJECT_OPCLASS:
    case OBJECT_OPFAMILY: {  // the access method comes first
      const auto parts = cells(name);
      const bool qualified = parts.size() > 2;
      QualifiedName named;
      if (qualified) named.schema = text_of(node_in(parts[parts.size() - 2]));
      named.name = text_of(node_in(parts.back()));
      references_.add_object(ObjectKind::schema, std::move(named), required);
      return;
    }
    case OBJECT_COLLATION:
    case OBJECT_CONVERSION:
    case OBJECT_STATISTIC_EXT:
    case OBJECT_TSCONFIGURATION:
    case OBJECT_TSDICTIONARY:
    case OBJECT_TSPARSER:
    case OBJECT_TSTEMPLATE: references_.add_in_schema(name, required); return;
    default:  // cast and transform name types; nothing else has a list
      references_.add_database(required);
      push(context, name);
      return;
  }
}

void TreeWalker::read_altered_object(ObjectType type, const RangeVar* relation, const Node* object,
                                     const Context& context) {
  if (relation == nullptr) {
    read_named_object(type, object, ddl, context);
  } else if (type == OBJECT_ATTRIBUTE) {
    references_.add_object(ObjectKind::type, qualified_name(*relation), ddl);
  } else {
    references_.add_relation(*relation, ddl);
  }
}

// The new name is one that the statement creates, beside the old one.
void TreeWalker::read_rename(const RenameStmt& rename, const Context& context) {
  if (rename.renameType == OBJECT_SCHEMA) {
    references_.add_schema(text_of(rename.subname), ddl);
    references_.add_schema(text_of(rename.newname), ddl, true);
    return;
  }
  if (rename.renameType == OBJECT_ROLE) {
    references_.add_database(dcl);
    return;
  }
  if (rename.renameType == OBJECT_DATABASE) references_.statement().emptied_database = text_of(rename.subname);
  read_altered_object(rename.renameType, rename.relation, rename.object, context);
  const ObjectRef& old = references_.statement().objects.back();
  QualifiedName renamed{old.name.catalog, old.name.schema, std::string(text_of(rename.newname))};
  switch (rename.renameType) {
    case OBJECT_TABLE:
    case OBJECT_VIEW:
    case OBJECT_MATVIEW:
    case OBJECT_SEQUENCE:
    case OBJECT_FOREIGN_TABLE:
    case OBJECT_TYPE:
    case OBJECT_DOMAIN:
    case OBJECT_AGGREGATE:
    case OBJECT_FUNCTION:
    case OBJECT_PROCEDURE:
    case OBJECT_ROUTINE: {
      const ObjectKind kind = old.kind;
      references_.add_object(kind, std::move(renamed), ddl, true);
      references_.statement().renames = true;
      return;
    }
    default:  // parts of objects, and objects that rules have no word for
      return;
  }
}

void TreeWalker::read_set_schema(const AlterObjectSchemaStmt& alter, const Context& context) {
  read_altered_object(alter.objectType, alter.relation, alter.object, context);
  const ObjectRef& old = references_.statement().objects.back();
  if (old.kind == ObjectKind::database) {  // an extension moves all that it has
    references_.add_schema(text_of(alter.newschema), ddl);
    return;
  }
  QualifiedName moved{{}, std::string(text_of(alter.newschema)), old.name.name};
  const ObjectKind kind = old.kind;
  references_.add_object(kind, std::move(moved), ddl, true);
  references_.statement().renames = true;
}

void TreeWalker::read_grant(const GrantStmt& grant, const Context& context) {
  for (const ListCell& cell : cells(grant.objects)) {
    if (grant.targtype == ACL_TARGET_ALL_IN_SCHEMA) {
      references_.add_schema(text_of(node_in(cell)), dcl);
    } else {
      read_grant_object(grant.objtype, node_in(cell), context);
    }
  }
  if (grant.behavior == DROP_CASCADE) references_.statement().cascades = true;
}

void TreeWalker::read_grant_object(ObjectType type, const Node* object, const Context& context) {
  if (is(object, T_RangeVar)) {
    references_.add_relation(as<RangeVar>(object), dcl);
  } else {
    read_named_object(type, object, dcl, context);
  }
}

}  // namespace sqlproxy::pipeline
