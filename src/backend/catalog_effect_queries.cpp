#include "backend/catalog_effect_queries.hpp"

namespace sqlproxy::backend::catalog_queries {

// Domains whose constraints or defaults are not mere computing, ranges with functions of their own and the user-made
// sides of casts come first; then what is made of one of these: arrays, domains, ranges, composite types and the rows
// of tables. A cast between types of pg_catalog counts for both.
const char* const kUserCode = R"sql(
WITH RECURSIVE user_code AS (
  SELECT p.oid
    FROM pg_catalog.pg_proc AS p
    JOIN pg_catalog.pg_language AS l ON l.oid OPERATOR(pg_catalog.=) p.prolang
   WHERE p.oid OPERATOR(pg_catalog.>=) '16384'
     AND NOT (p.prokind OPERATOR(pg_catalog.=) 'f' AND p.provolatile OPERATOR(pg_catalog.=) 'i' AND NOT p.prosecdef
              AND l.lanname OPERATOR(pg_catalog.=) ANY ('{c,internal}'::pg_catalog.name[])
              AND EXISTS (SELECT FROM pg_catalog.pg_depend AS e
                           WHERE e.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
                             AND e.objid OPERATOR(pg_catalog.=) p.oid AND e.deptype OPERATOR(pg_catalog.=) 'e'))
), calls AS (
  SELECT d.classid, d.objid
    FROM pg_catalog.pg_depend AS d
    JOIN user_code AS u ON u.oid OPERATOR(pg_catalog.=) d.refobjid
   WHERE d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
   UNION
  SELECT d.classid, d.objid
    FROM pg_catalog.pg_depend AS d
    JOIN pg_catalog.pg_operator AS o ON o.oid OPERATOR(pg_catalog.=) d.refobjid
    JOIN user_code AS u ON u.oid OPERATOR(pg_catalog.=) o.oprcode
   WHERE d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_operator'::pg_catalog.regclass
), domain_trees AS (
  SELECT k.contypid AS oid, k.conbin::pg_catalog.text AS tree
    FROM pg_catalog.pg_constraint AS k
   WHERE k.contypid OPERATOR(pg_catalog.>=) '16384'
   UNION ALL
  SELECT t.oid, t.typdefaultbin::pg_catalog.text
    FROM pg_catalog.pg_type AS t
   WHERE t.typdefaultbin IS NOT NULL AND t.oid OPERATOR(pg_catalog.>=) '16384'
), coded AS (
  SELECT k.contypid AS oid
    FROM calls AS c
    JOIN pg_catalog.pg_constraint AS k ON k.oid OPERATOR(pg_catalog.=) c.objid
   WHERE c.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_constraint'::pg_catalog.regclass
     AND k.contypid OPERATOR(pg_catalog.<>) '0'
   UNION
  SELECT t.oid
    FROM calls AS c
    JOIN pg_catalog.pg_type AS t ON t.oid OPERATOR(pg_catalog.=) c.objid
   WHERE c.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_type'::pg_catalog.regclass
     AND t.typtype OPERATOR(pg_catalog.=) 'd'
   UNION
  SELECT t.oid
    FROM domain_trees AS t
   CROSS JOIN LATERAL pg_catalog.regexp_matches(t.tree, ':funcid (\d+)', 'g') AS m(part)
    JOIN pg_catalog.pg_proc AS p ON p.oid OPERATOR(pg_catalog.=) m.part[1]::pg_catalog.oid
   WHERE p.oid OPERATOR(pg_catalog.<) '16384'
     AND p.provolatile OPERATOR(pg_catalog.<>) 'i'
     AND p.proname OPERATOR(pg_catalog.<>) ALL ('{clock_timestamp,current_setting,gen_random_uuid,now,random,
           statement_timestamp,timezone,to_char,transaction_timestamp,uuidv4,uuidv7}'::pg_catalog.name[])
   UNION
  SELECT r.rngtypid
    FROM pg_catalog.pg_range AS r
    JOIN user_code AS u ON u.oid OPERATOR(pg_catalog.=) r.rngsubdiff
                        OR u.oid OPERATOR(pg_catalog.=) r.rngcanonical
   UNION
  SELECT side.type
    FROM pg_catalog.pg_cast AS c
    JOIN user_code AS u ON u.oid OPERATOR(pg_catalog.=) c.castfunc
   CROSS JOIN LATERAL pg_catalog.unnest(ARRAY[c.castsource, c.casttarget]) AS side(type)
   WHERE side.type OPERATOR(pg_catalog.>=) '16384'
      OR (c.castsource OPERATOR(pg_catalog.<) '16384' AND c.casttarget OPERATOR(pg_catalog.<) '16384')
   UNION
  SELECT CASE d.classid WHEN 'pg_catalog.pg_type'::pg_catalog.regclass THEN d.objid ELSE r.reltype END
    FROM coded AS c
    JOIN pg_catalog.pg_depend AS d ON d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_type'::pg_catalog.regclass
                                  AND d.refobjid OPERATOR(pg_catalog.=) c.oid
    LEFT JOIN pg_catalog.pg_class AS r ON r.oid OPERATOR(pg_catalog.=) d.objid
                                      AND d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
   WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_type'::pg_catalog.regclass
      OR r.reltype OPERATOR(pg_catalog.<>) '0'
), used AS (
  SELECT c.classid, c.objid, false AS by_type FROM calls AS c
   UNION
  SELECT d.classid, d.objid, true
    FROM coded AS c
    JOIN pg_catalog.pg_depend AS d ON d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_type'::pg_catalog.regclass
                                  AND d.refobjid OPERATOR(pg_catalog.=) c.oid
)
SELECT 't', c.oid, true FROM coded AS c
 UNION
SELECT 'r', e.relation, e.on_read
  FROM used AS u
 CROSS JOIN LATERAL (
   SELECT a.adrelid, false FROM pg_catalog.pg_attrdef AS a
    WHERE u.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_attrdef'::pg_catalog.regclass
      AND a.oid OPERATOR(pg_catalog.=) u.objid
    UNION ALL
   SELECT k.conrelid, false FROM pg_catalog.pg_constraint AS k
    WHERE u.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_constraint'::pg_catalog.regclass
      AND k.oid OPERATOR(pg_catalog.=) u.objid AND k.conrelid OPERATOR(pg_catalog.<>) '0'
    UNION ALL
   SELECT p.polrelid, true FROM pg_catalog.pg_policy AS p
    WHERE u.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_policy'::pg_catalog.regclass
      AND p.oid OPERATOR(pg_catalog.=) u.objid
    UNION ALL
   SELECT r.ev_class, true FROM pg_catalog.pg_rewrite AS r
    WHERE u.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_rewrite'::pg_catalog.regclass
      AND r.oid OPERATOR(pg_catalog.=) u.objid
    UNION ALL
   SELECT t.tgrelid, false FROM pg_catalog.pg_trigger AS t
    WHERE u.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_trigger'::pg_catalog.regclass
      AND t.oid OPERATOR(pg_catalog.=) u.objid AND t.tgenabled OPERATOR(pg_catalog.<>) 'D'
    UNION ALL
   SELECT s.stxrelid, false FROM pg_catalog.pg_statistic_ext AS s
    WHERE u.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass
      AND s.oid OPERATOR(pg_catalog.=) u.objid
    UNION ALL
   SELECT coalesce(i.indrelid, c.oid), u.by_type
     FROM pg_catalog.pg_class AS c
     LEFT JOIN pg_catalog.pg_index AS i ON i.indexrelid OPERATOR(pg_catalog.=) c.oid
    WHERE u.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
      AND c.oid OPERATOR(pg_catalog.=) u.objid) AS e(relation, on_read))sql";

// Index and partition expressions call immutable functions only. An identity column draws from a sequence. Plain string
// functions are ten times as fast here as a regular expression; constants are stored as numbers, which hold no
// ":funcid".

const char* const kBuiltinCode = R"sql(
SELECT DISTINCT x.relation, x.on_read, p.oid
  FROM (SELECT a.adrelid, false, a.adbin::pg_catalog.text FROM pg_catalog.pg_attrdef AS a
         UNION ALL
        SELECT k.conrelid, false, k.conbin::pg_catalog.text
          FROM pg_catalog.pg_constraint AS k WHERE k.conrelid OPERATOR(pg_catalog.<>) '0' AND k.conbin IS NOT NULL
         UNION ALL
        SELECT q.polrelid, true, pg_catalog.concat(q.polqual::pg_catalog.text, q.polwithcheck::pg_catalog.text)
          FROM pg_catalog.pg_policy AS q
         UNION ALL
        SELECT t.tgrelid, false, t.tgqual::pg_catalog.text
          FROM pg_catalog.pg_trigger AS t WHERE t.tgqual IS NOT NULL) AS x(relation, on_read, tree)
 CROSS JOIN LATERAL pg_catalog.unnest((pg_catalog.string_to_array(x.tree, ':funcid '))[2:]) AS m(part)
  JOIN pg_catalog.pg_proc AS p ON p.oid OPERATOR(pg_catalog.=) pg_catalog.split_part(m.part, ' ', 1)::pg_catalog.oid
 WHERE p.provolatile OPERATOR(pg_catalog.<>) 'i'
   AND p.oid OPERATOR(pg_catalog.<) '16384'
 UNION ALL
SELECT DISTINCT a.attrelid, false, 'pg_catalog.nextval(pg_catalog.regclass)'::pg_catalog.regprocedure::pg_catalog.oid
  FROM pg_catalog.pg_attribute AS a
 WHERE a.attidentity OPERATOR(pg_catalog.<>) '')sql";

const char* const kPolicyReads = R"sql(
SELECT DISTINCT p.polrelid, d.refobjid
  FROM pg_catalog.pg_policy AS p
  JOIN pg_catalog.pg_depend AS d ON d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_policy'::pg_catalog.regclass
                                AND d.objid OPERATOR(pg_catalog.=) p.oid
                                AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
 WHERE d.refobjid OPERATOR(pg_catalog.<>) p.polrelid)sql";

const char* const kEventTriggers = R"sql(
SELECT EXISTS (SELECT FROM pg_catalog.pg_event_trigger AS e
                WHERE e.evtenabled OPERATOR(pg_catalog.<>) 'D' AND e.evtevent OPERATOR(pg_catalog.<>) 'login'))sql";

}  // namespace sqlproxy::backend::catalog_queries
