#include "backend/catalog_loader_queries.hpp"

namespace sqlproxy::backend::catalog_queries {

const char* const kEmptySearchPath = "SET search_path TO ''";
// What they are estimated to cost would have some of them compiled, which takes many times as long as to run them.
const char* const kNoJit = "SET jit TO off";
const char* const kBegin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
const char* const kCommit = "COMMIT";

const char* const kDatabase = "SELECT pg_catalog.current_database()";

const char* const kSchemas = R"sql(
SELECT n.oid, n.nspname
  FROM pg_catalog.pg_namespace AS n
 WHERE n.nspname OPERATOR(pg_catalog.!~) '^pg_(toast_)?temp_')sql";

const char* const kRelations = R"sql(
SELECT c.oid, n.nspname, c.relname, c.relkind, c.relowner,
       EXISTS (SELECT FROM pg_catalog.pg_rewrite AS r
                WHERE r.ev_class OPERATOR(pg_catalog.=) c.oid AND r.ev_type OPERATOR(pg_catalog.<>) '1'),
       c.relrowsecurity
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
 WHERE c.relpersistence OPERATOR(pg_catalog.<>) 't')sql";

// From the stored trees of the rules rather than from pg_depend, which leaves out what initdb made: a view of pg_authid
// would look harmless. Operators count when superusers' C code is not all that they run.
const char* const kRuleUses = R"sql(
SELECT DISTINCT u.relation, CASE u.field WHEN 'relid' THEN 'r' ELSE 'f' END, u.used
  FROM (SELECT r.ev_class AS relation, m.part[1] AS field, m.part[2]::pg_catalog.oid AS used
          FROM pg_catalog.pg_rewrite AS r
          JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) r.ev_class
          JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
         CROSS JOIN LATERAL pg_catalog.regexp_matches(
                 r.ev_action::pg_catalog.text, ':(relid|funcid|opfuncid|aggfnoid|winfnoid) (\d+)', 'g') AS m(part)
         WHERE n.nspname OPERATOR(pg_catalog.<>) ALL ('{pg_catalog,information_schema}'::pg_catalog.name[])
           AND c.relpersistence OPERATOR(pg_catalog.<>) 't'
           AND m.part[2] OPERATOR(pg_catalog.<>) '0') AS u
 WHERE u.field OPERATOR(pg_catalog.<>) 'opfuncid'
    OR EXISTS (SELECT FROM pg_catalog.pg_proc AS p
                 JOIN pg_catalog.pg_language AS l ON l.oid OPERATOR(pg_catalog.=) p.prolang
                WHERE p.oid OPERATOR(pg_catalog.=) u.used
                  AND (p.prosecdef OR l.lanname OPERATOR(pg_catalog.<>) ALL ('{c,internal}'::pg_catalog.name[]))))sql";

// Deptypes: 'a' serial columns, 'i' identity columns.
const char* const kParents = R"sql(
SELECT i.inhrelid, i.inhparent FROM pg_catalog.pg_inherits AS i
 UNION ALL
SELECT x.indexrelid, x.indrelid FROM pg_catalog.pg_index AS x
 UNION ALL
SELECT t.reltoastrelid, t.oid FROM pg_catalog.pg_class AS t WHERE t.reltoastrelid OPERATOR(pg_catalog.<>) '0'
 UNION ALL
SELECT d.objid, d.refobjid
  FROM pg_catalog.pg_depend AS d
  JOIN pg_catalog.pg_class AS s ON s.oid OPERATOR(pg_catalog.=) d.objid AND s.relkind OPERATOR(pg_catalog.=) 'S'
 WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
   AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
   AND d.refobjsubid OPERATOR(pg_catalog.<>) 0
   AND d.deptype OPERATOR(pg_catalog.=) ANY ('{a,i}'::pg_catalog."char"[]))sql";

const char* const kForeignKeys = R"sql(
SELECT DISTINCT k.confrelid, k.conrelid
  FROM pg_catalog.pg_constraint AS k
 WHERE k.contype OPERATOR(pg_catalog.=) 'f')sql";

const char* const kFunctions = R"sql(
SELECT p.oid, n.nspname, p.proname, p.pronargs, p.pronargdefaults, p.provariadic OPERATOR(pg_catalog.<>) '0',
       p.provolatile, p.proleakproof, p.prosecdef, p.prokind, l.lanname, p.proowner,
       EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
                  AND d.objid OPERATOR(pg_catalog.=) p.oid AND d.deptype OPERATOR(pg_catalog.=) 'e')
  FROM pg_catalog.pg_proc AS p
  JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) p.pronamespace
  JOIN pg_catalog.pg_language AS l ON l.oid OPERATOR(pg_catalog.=) p.prolang
 WHERE n.nspname OPERATOR(pg_catalog.!~) '^pg_temp_')sql";

const char* const kOperators = R"sql(
SELECT n.nspname, o.oprname, o.oprcode::pg_catalog.oid
  FROM pg_catalog.pg_operator AS o
  JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) o.oprnamespace)sql";

// Row types and array types follow from relations and elements.
const char* const kTypes = R"sql(
SELECT t.oid, n.nspname, t.typname, t.typbasetype
  FROM pg_catalog.pg_type AS t
  JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) t.typnamespace
 WHERE t.typrelid OPERATOR(pg_catalog.=) '0'
   AND n.nspname OPERATOR(pg_catalog.!~) '^pg_(toast_)?temp_'
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_type AS e WHERE e.typarray OPERATOR(pg_catalog.=) t.oid))sql";

// Input and output functions made after initdb (OIDs from 16384), and whatever the constraints of domains call.
const char* const kTypeFunctions = R"sql(
SELECT t.oid, f.function
  FROM pg_catalog.pg_type AS t
 CROSS JOIN LATERAL pg_catalog.unnest(ARRAY[t.typinput, t.typoutput, t.typreceive, t.typsend, t.typmodin,
                                            t.typmodout]::pg_catalog.oid[]) AS f(function)
 WHERE f.function OPERATOR(pg_catalog.>=) '16384'
 UNION
SELECT k.contypid, m.part[1]::pg_catalog.oid
  FROM pg_catalog.pg_constraint AS k
 CROSS JOIN LATERAL pg_catalog.regexp_matches(k.conbin::pg_catalog.text, ':(?:funcid|opfuncid) (\d+)', 'g') AS m(part)
 WHERE k.contypid OPERATOR(pg_catalog.<>) '0'
   AND m.part[1] OPERATOR(pg_catalog.<>) '0')sql";

const char* const kCasts = R"sql(
SELECT c.castsource, c.casttarget, c.castfunc
  FROM pg_catalog.pg_cast AS c
 WHERE c.castfunc OPERATOR(pg_catalog.>=) '16384')sql";

const char* const kSearchPaths = R"sql(
SELECT coalesce(r.rolname, ''), s.setdatabase OPERATOR(pg_catalog.<>) '0',
       pg_catalog.substr(c.setting, 1 OPERATOR(pg_catalog.+) pg_catalog.length('search_path='))
  FROM pg_catalog.pg_db_role_setting AS s
 CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS c(setting)
  LEFT JOIN pg_catalog.pg_roles AS r ON r.oid OPERATOR(pg_catalog.=) s.setrole
 WHERE pg_catalog.starts_with(c.setting, 'search_path=')
   AND (s.setdatabase OPERATOR(pg_catalog.=) '0'
        OR s.setdatabase OPERATOR(pg_catalog.=) (SELECT d.oid FROM pg_catalog.pg_database AS d
             WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database())))sql";

// The reset value is not touched by SET. Where a role or database has a value of its own it is that one, which then
// comes before this one anyway.
const char* const kServerSearchPath =
    "SELECT s.reset_val FROM pg_catalog.pg_settings AS s WHERE s.name OPERATOR(pg_catalog.=) 'search_path'";

const char* const kRoles = "SELECT r.rolname FROM pg_catalog.pg_roles AS r";

}  // namespace sqlproxy::backend::catalog_queries
