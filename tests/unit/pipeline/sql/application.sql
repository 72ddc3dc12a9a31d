-- What applications, their libraries and reporting tools send.
SELECT u.id, u.email, p.name AS plan FROM users u LEFT JOIN plans p ON p.id = u.plan_id WHERE u.email = $1 AND u.deleted_at IS NULL LIMIT 1;
SELECT count(*) FILTER (WHERE status = 'open') AS open, count(*) AS total FROM tickets GROUP BY team_id HAVING count(*) > 3 ORDER BY 2 DESC;
SELECT date_trunc('day', created_at)::date AS day, sum(total) FROM shop.orders WHERE created_at BETWEEN $1 AND $2 GROUP BY 1 ORDER BY 1;
WITH recent AS (SELECT * FROM shop.orders WHERE created_at > now() - interval '7 days'),
     ranked AS (SELECT customer_id, row_number() OVER (PARTITION BY customer_id ORDER BY total DESC) AS place, total FROM recent)
SELECT c.name, r.total FROM ranked r JOIN shop.customers c USING (customer_id) WHERE r.place = 1;
WITH RECURSIVE tree AS (
  SELECT id, parent_id, name, 1 AS depth, ARRAY[id] AS path FROM categories WHERE parent_id IS NULL
  UNION ALL
  SELECT c.id, c.parent_id, c.name, t.depth + 1, t.path || c.id FROM categories c JOIN tree t ON c.parent_id = t.id WHERE NOT c.id = ANY (t.path)
) SELECT * FROM tree ORDER BY path;
INSERT INTO events (id, kind, payload, at) VALUES ($1, $2, $3::jsonb, now()), (DEFAULT, 'x', '{"a": 1}', CURRENT_TIMESTAMP) RETURNING id, at;
INSERT INTO counters (key, value) VALUES ($1, 1) ON CONFLICT (key) DO UPDATE SET value = counters.value + excluded.value WHERE counters.locked = false RETURNING value;
INSERT INTO archive SELECT o.*, now() FROM orders o WHERE NOT EXISTS (SELECT FROM archive a WHERE a.id = o.id);
UPDATE accounts SET balance = balance - $1, version = version + 1 WHERE id = $2 AND version = $3 RETURNING balance;
UPDATE items i SET price = n.price FROM (VALUES (1, 10.5), (2, 11)) AS n (id, price) WHERE n.id = i.id;
UPDATE t SET (a, b) = (SELECT x, y FROM u WHERE u.id = t.id), c[1] = 2, d.e = 3, f = DEFAULT WHERE CURRENT OF cur;
DELETE FROM sessions s USING users u WHERE u.id = s.user_id AND u.disabled RETURNING s.*;
MERGE INTO stock s USING shop.deliveries d ON s.sku = d.sku
  WHEN MATCHED AND s.count + d.count = 0 THEN DELETE
  WHEN MATCHED THEN UPDATE SET count = s.count + d.count
  WHEN NOT MATCHED AND d.count > 0 THEN INSERT (sku, count) OVERRIDING USER VALUE VALUES (d.sku, d.count)
  WHEN NOT MATCHED THEN DO NOTHING;
SELECT * FROM jobs WHERE state = 'ready' ORDER BY priority DESC, id FOR UPDATE OF jobs SKIP LOCKED LIMIT 1;
SELECT t.*, (t.address).city, t.tags[1:2], t.data -> 'a' ->> 'b', t.data #>> '{a,b}', t.data @> '{"a":1}' FROM things t WHERE t.tags && ARRAY['x', 'y']::text[];
SELECT CASE kind WHEN 'a' THEN 1 WHEN 'b' THEN 2 ELSE NULL END, CASE WHEN a > b THEN a ELSE coalesce(b, nullif(c, 0), greatest(1, 2), least(d)) END FROM t;
SELECT a LIKE 'x%', b NOT ILIKE $1 ESCAPE '!', c SIMILAR TO 'y', d ~* 'z', e IS DISTINCT FROM f, g IS NOT UNKNOWN, h NOT BETWEEN SYMMETRIC 1 AND 2, i NOT IN (1, 2), j NOTNULL FROM t;
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY ms), string_agg(DISTINCT name, ', ' ORDER BY name), first_value(ms) OVER w FROM t WINDOW w AS (PARTITION BY a ORDER BY b RANGE BETWEEN '1 day' PRECEDING AND CURRENT ROW EXCLUDE TIES);
SELECT a, b, sum(c), grouping(a, b) FROM t GROUP BY GROUPING SETS ((a, b), ROLLUP (a), CUBE (a, (b, c)), ());
SELECT * FROM generate_series(1, 10) WITH ORDINALITY AS g (n, i), LATERAL (SELECT * FROM t WHERE t.n = g.n) x, ROWS FROM (unnest(ARRAY[1]), json_to_record('{}') AS (a int, b s.y)) AS r;
SELECT * FROM XMLTABLE(XMLNAMESPACES('http://x' AS x), '/r/i' PASSING $1 COLUMNS id int PATH '@id' NOT NULL, n FOR ORDINALITY, v text DEFAULT f()) AS t;
SELECT xmlelement(name a, xmlattributes(b AS c), xmlforest(d, e AS f)), xmlconcat(g), xmlparse(document h), xmlpi(name i), xmlroot(j, version '1.0'), xmlserialize(content k AS text), l IS DOCUMENT, xmlexists('x' PASSING m) FROM t;
SELECT extract(epoch FROM a), position('x' IN b), substring(c FROM 1 FOR 2), trim(both ' ' FROM d), overlay(e PLACING f FROM 1), g AT TIME ZONE 'UTC', normalize(h, NFC), i IS NFC NORMALIZED, (j, k) OVERLAPS (l, m), collation for (n) FROM t;
SELECT current_date, current_time(3), localtime, localtimestamp, current_role, session_user, current_catalog, current_schema;
SELECT * FROM a NATURAL JOIN b CROSS JOIN (c LEFT JOIN d USING (x) AS j) RIGHT JOIN e ON true FULL JOIN ONLY (f) AS g (p, q) ON g.p = e.x;
SELECT * FROM t TABLESAMPLE bernoulli (10) REPEATABLE (42) WHERE ROW (a, b) = ROW (c, d) AND (a, b) IN (SELECT x, y FROM u) AND c > ALL (SELECT z FROM v) AND d OPERATOR(s.=) ANY (ARRAY[1]);
(SELECT a FROM t ORDER BY a USING < NULLS FIRST) UNION ALL (SELECT b FROM u ORDER BY b FETCH FIRST 3 ROWS WITH TIES) INTERSECT SELECT c FROM v EXCEPT ALL VALUES (1), (2) OFFSET 2 ROWS;
TABLE t;
SELECT DISTINCT ON (a, lower(b)) * FROM t ORDER BY a, lower(b) COLLATE "C" DESC;
SELECT f(a => 1, b := 2), g(VARIADIC ARRAY[1, 2]), h(*), i(ALL j), k(DISTINCT l), s.m(n) FROM t;
WITH moved AS (DELETE FROM a RETURNING *), logged AS (INSERT INTO log SELECT id FROM moved RETURNING *) UPDATE b SET n = (SELECT count(*) FROM logged) FROM moved m WHERE m.id = b.id;
WITH w AS NOT MATERIALIZED (SELECT 1), v AS MATERIALIZED (TABLE w) SELECT * FROM v, public.w;
WITH RECURSIVE g (f, t) AS (SELECT * FROM edges UNION SELECT g.* FROM g, edges) SEARCH BREADTH FIRST BY f, t SET o CYCLE f, t SET c TO true DEFAULT false USING p SELECT * FROM g;
SELECT n.nspname, c.relname, pg_catalog.pg_get_userbyid(c.relowner) FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r','p','') AND n.nspname !~ '^pg_toast' AND pg_catalog.pg_table_is_visible(c.oid) AND c.relname OPERATOR(pg_catalog.~) '^(t)$' COLLATE pg_catalog.default ORDER BY 1,2;
SELECT 'public.t'::regclass::oid, '{1,2}'::int[], int4 '1', interval '1 day' day to second (3), bit varying (3) '101', X'1F'::bit(8), timestamp with time zone '2020-01-01', double precision '1', national character varying (3) 'x';
SELECT nextval('seq'), currval('s.seq'::regclass), setval('seq', 10, true), pg_sleep(1), set_config('search_path', 'a', false), query_to_xml('SELECT 1', true, false, '');
PREPARE p (int, text, s.y[]) AS SELECT * FROM t WHERE a = $1;
EXECUTE p (1, f('x'), NULL);
EXPLAIN (ANALYZE, VERBOSE, BUFFERS off, FORMAT yaml) SELECT * FROM t;
EXPLAIN ANALYZE EXECUTE p (1);
EXPLAIN CREATE MATERIALIZED VIEW m AS SELECT 1;
DEALLOCATE PREPARE p;
DEALLOCATE ALL;
DECLARE c INSENSITIVE NO SCROLL CURSOR WITH HOLD FOR SELECT * FROM t;
FETCH ABSOLUTE -1 FROM c;
MOVE BACKWARD ALL IN c;
CLOSE c;
CLOSE ALL;
CALL s.p(1, b => f(2));
DO $$ BEGIN PERFORM 1; END $$ LANGUAGE plpgsql;
COPY t (a, b) TO STDOUT WITH (FORMAT csv, HEADER true, FORCE_QUOTE *, ENCODING 'UTF8');
COPY t TO '/tmp/t' DELIMITER '|' NULL AS '';
COPY t FROM PROGRAM 'cat' WITH (FORMAT binary) WHERE f(a) > 1;
COPY (SELECT * FROM t WHERE a = f(1)) TO STDOUT;
COPY (UPDATE t SET a = 1 RETURNING *) TO STDOUT;
BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY, DEFERRABLE;
START TRANSACTION READ WRITE;
SAVEPOINT a;
ROLLBACK TO a;
RELEASE SAVEPOINT a;
COMMIT AND NO CHAIN;
ROLLBACK AND CHAIN;
PREPARE TRANSACTION 'x';
COMMIT PREPARED 'x';
ROLLBACK PREPARED 'x';
SET LOCAL statement_timeout = '5s';
SET search_path TO "$user", public;
SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY;
SET TRANSACTION SNAPSHOT '00000003-0000001B-1';
SET TIME ZONE INTERVAL '+02:00' HOUR TO MINUTE;
SET NAMES 'UTF8';
SET ROLE NONE;
SET SESSION AUTHORIZATION 'x';
SET XML OPTION CONTENT;
SET CONSTRAINTS a, s.b IMMEDIATE;
RESET ALL;
SHOW TRANSACTION ISOLATION LEVEL;
DISCARD SEQUENCES;
LISTEN c;
NOTIFY c, 'payload';
UNLISTEN *;
LOCK TABLE ONLY t, s.u IN ACCESS EXCLUSIVE MODE NOWAIT;
TRUNCATE TABLE t, ONLY s.u RESTART IDENTITY CASCADE;
VACUUM (FULL off, PARALLEL 2, INDEX_CLEANUP auto) t (a, b), s.u;
ANALYZE (SKIP_LOCKED) t;
CLUSTER VERBOSE t USING i;
REINDEX (TABLESPACE x, VERBOSE) TABLE CONCURRENTLY s.t;
REFRESH MATERIALIZED VIEW CONCURRENTLY m WITH DATA;
CHECKPOINT;
LOAD 'x';
