#include "backend/catalog_column_queries.hpp"

namespace sqlproxy::backend::catalog_queries {

// Those of indexes and TOAST tables are the columns of their tables.
const char* const kColumns = R"sql(
SELECT a.attrelid, a.attnum, a.attname, a.atttypid
  FROM pg_catalog.pg_attribute AS a
  JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) a.attrelid
 WHERE a.attnum OPERATOR(pg_catalog.>) 0
   AND NOT a.attisdropped
   AND c.relpersistence OPERATOR(pg_catalog.<>) 't'
   AND c.relkind OPERATOR(pg_catalog.<>) ALL ('{i,I,t}'::pg_catalog."char"[]))sql";

const char* const kGenerated = R"sql(
SELECT DISTINCT d.adrelid, d.adnum, m.part[1]::pg_catalog.int2
  FROM pg_catalog.pg_attrdef AS d
  JOIN pg_catalog.pg_attribute AS a
    ON a.attrelid OPERATOR(pg_catalog.=) d.adrelid AND a.attnum OPERATOR(pg_catalog.=) d.adnum
 CROSS JOIN LATERAL pg_catalog.regexp_matches(d.adbin::pg_catalog.text, ':varattno (\d+)', 'g') AS m(part)
 WHERE a.attgenerated OPERATOR(pg_catalog.<>) '')sql";

// The permissions that PostgreSQL checks when the rule is used, as they stand in its stored tree: in the range table
// entries up to PostgreSQL 15, in entries of their own from 16 on. There is no parenthesis between the two fields.
const char* const kRuleColumns = R"sql(
SELECT r.ev_class, m.part[1]::pg_catalog.oid, m.part[2]
  FROM pg_catalog.pg_rewrite AS r
  JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) r.ev_class
  JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
 CROSS JOIN LATERAL pg_catalog.regexp_matches(
         r.ev_action::pg_catalog.text, ':relid (\d+) [^(){}]*:selectedCols \(b([ \d]*)\)', 'g') AS m(part)
 WHERE n.nspname OPERATOR(pg_catalog.<>) ALL ('{pg_catalog,information_schema}'::pg_catalog.name[])
   AND c.relpersistence OPERATOR(pg_catalog.<>) 't'
   AND m.part[1] OPERATOR(pg_catalog.<>) r.ev_class::pg_catalog.text)sql";

const char* const kViewColumns = R"sql(
SELECT DISTINCT r.ev_class, m.part[1]::pg_catalog.int2, m.part[2]::pg_catalog.oid, m.part[3]::pg_catalog.int2
  FROM pg_catalog.pg_rewrite AS r
  JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) r.ev_class
  JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
 CROSS JOIN LATERAL pg_catalog.regexp_matches(
         r.ev_action::pg_catalog.text,
         ':resno (\d+) :resname (?:\\.|[^ \\])+ :ressortgroupref \d+ :resorigtbl (\d+) :resorigcol (\d+) ', 'g')
       AS m(part)
 WHERE n.nspname OPERATOR(pg_catalog.<>) ALL ('{pg_catalog,information_schema}'::pg_catalog.name[])
   AND c.relpersistence OPERATOR(pg_catalog.<>) 't'
   AND c.relkind OPERATOR(pg_catalog.=) ANY ('{v,m}'::pg_catalog."char"[])
   AND r.ev_type OPERATOR(pg_catalog.=) '1'
   AND m.part[2] OPERATOR(pg_catalog.<>) '0')sql";

}  // namespace sqlproxy::backend::catalog_queries
