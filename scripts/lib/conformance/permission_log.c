// Loaded into the server by scripts/permission_oracle.sh: writes down what PostgreSQL asks permissions for, in the moment
// in which it does, as a line of JSON in permissions.jsonl in the data directory.
//
// Only what the statement's own names are asked for: what a view's rules name is asked for its owner (checkAsUser), and
// what functions and triggers execute has an error context. Names are looked up here, where they still mean what the
// statement meant.
#include "postgres.h"

#include <fcntl.h>
#include <unistd.h>

#include "access/sysattr.h"
#include "access/xact.h"
#include "executor/executor.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/bitmapset.h"
#include "nodes/parsenodes.h"
#include "tcop/tcopprot.h"
#include "utils/acl.h"
#include "utils/elog.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

PG_MODULE_MAGIC;

static ExecutorCheckPerms_hook_type previous_hook = NULL;

static void add_column(StringInfo line, Oid relation, AttrNumber number, bool *first) {
  const char *name = number == InvalidAttrNumber ? NULL : get_attname(relation, number, true);
  if (name == NULL || strncmp(name, "........pg.dropped", 18) == 0) return;
  if (!*first) appendStringInfoChar(line, ',');
  *first = false;
  escape_json(line, name);
}

static void add_columns(StringInfo line, const char *key, Oid relation, Bitmapset *columns) {
  bool first = true;
  int member = -1;
  appendStringInfo(line, ",\"%s\":[", key);
  while ((member = bms_next_member(columns, member)) >= 0) {
    AttrNumber number = member + FirstLowInvalidHeapAttributeNumber;
    if (number != InvalidAttrNumber) {
      add_column(line, relation, number, &first);
      continue;
    }
    // The row as a whole.
    for (AttrNumber i = 1; get_attname(relation, i, true) != NULL; ++i) add_column(line, relation, i, &first);
  }
  appendStringInfoChar(line, ']');
}

static void add_relation(StringInfo line, const RangeTblEntry *entry, bool first) {
  if (!first) appendStringInfoChar(line, ',');
  appendStringInfoString(line, "{\"schema\":");
  escape_json(line, get_namespace_name(get_rel_namespace(entry->relid)));
  appendStringInfoString(line, ",\"name\":");
  escape_json(line, get_rel_name(entry->relid));
  add_columns(line, "selected", entry->relid, entry->selectedCols);
  add_columns(line, "inserted", entry->relid, entry->insertedCols);
  add_columns(line, "updated", entry->relid, entry->updatedCols);
  appendStringInfo(line, ",\"modifies\":%s}",
                   entry->requiredPerms & (ACL_INSERT | ACL_UPDATE | ACL_DELETE) ? "true" : "false");
}

static void write_line(StringInfo line) {
  int file = open("permissions.jsonl", O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (file < 0) return;
  ssize_t written = write(file, line->data, line->len);
  (void)written;
  close(file);
}

static bool log_permissions(List *range_table, bool ereport_on_violation) {
  ListCell *cell;
  bool first = true;
  StringInfoData line;
  if (previous_hook != NULL && !previous_hook(range_table, ereport_on_violation)) return false;
  if (error_context_stack != NULL || debug_query_string == NULL) return true;
  initStringInfo(&line);
  appendStringInfo(&line, "{\"pid\":%d,\"began\":" INT64_FORMAT ",\"sql\":", MyProcPid,
                   GetCurrentStatementStartTimestamp());
  escape_json(&line, debug_query_string);
  appendStringInfoString(&line, ",\"relations\":[");
  foreach (cell, range_table) {
    const RangeTblEntry *entry = lfirst_node(RangeTblEntry, cell);
    if (entry->rtekind != RTE_RELATION || entry->requiredPerms == 0 || OidIsValid(entry->checkAsUser)) continue;
    if (get_rel_name(entry->relid) == NULL) continue;
    add_relation(&line, entry, first);
    first = false;
  }
  appendStringInfoString(&line, "]}\n");
  if (!first) write_line(&line);
  pfree(line.data);
  return true;
}

void _PG_init(void);

void _PG_init(void) {
  previous_hook = ExecutorCheckPerms_hook;
  ExecutorCheckPerms_hook = log_permissions;
}
