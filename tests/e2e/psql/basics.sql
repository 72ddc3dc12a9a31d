-- Types, errors with positions, notices, several statements in one message, variables.
\set VERBOSITY verbose
SELECT version() LIKE 'PostgreSQL 15%' AS fifteen, current_user, session_user, current_database();
DROP SCHEMA IF EXISTS basics CASCADE;
CREATE SCHEMA basics;
SET search_path = basics;
CREATE TABLE cities (id serial PRIMARY KEY, name text NOT NULL UNIQUE, area numeric CHECK (area > 0), founded date, tags text[], extra jsonb);
INSERT INTO cities (name, area, founded, tags, extra) VALUES
  ('Köln', 405.01, '0050-01-01', '{dom,rhein}', '{"plz": [50667, 50668]}'),
  ('Tokyo', 2194, NULL, '{}', NULL), ('O''Fallon', 77.5, '1854-05-17', NULL, '{}') RETURNING id, name;
SELECT * FROM cities ORDER BY id;
\x on
SELECT * FROM cities WHERE id = 1;
\x off
INSERT INTO cities (name, area) VALUES ('Tokyo', 1);
INSERT INTO cities (name, area) VALUES ('Nowhere', -1);
INSERT INTO cities (name) VALUES (NULL);
SELECT * FROM citys;
SELECT nam FROM cities;
SELECT 1 +
  * 2;
SELECT 'not an int'::int;
SELECT 1 \; SELECT 2 \; SELECT 1/0 \; SELECT 3;
\errverbose
SELECT count(*) AS number FROM cities \gset
\echo :number
SELECT name, area FROM cities ORDER BY 1 \gdesc
SELECT 'SELECT ' || i FROM generate_series(1, 3) i \gexec
SELECT name, extract(century FROM founded) c, area FROM cities \crosstabview name c area
PREPARE by_name(text) AS SELECT id FROM cities WHERE name = $1;
EXECUTE by_name('Tokyo');
DEALLOCATE by_name;
DO $$ BEGIN RAISE NOTICE 'a notice'; RAISE WARNING 'a warning' USING HINT = 'mind it'; END $$;
EXPLAIN (COSTS OFF) SELECT * FROM cities WHERE id = 3;
VALUES (1, 'one'), (2, 'two');
TABLE cities;
WITH RECURSIVE t(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT sum(n) FROM t;
SELECT repeat('long line ', 20) FROM generate_series(1, 3);
SET client_encoding = 'LATIN1';
SELECT length('K' || chr(246) || 'ln');
RESET client_encoding;
SET DateStyle = 'German'; SELECT founded FROM cities WHERE id = 1; RESET DateStyle;
SHOW DateStyle;
DISCARD ALL;
SHOW search_path;
DROP SCHEMA basics CASCADE;
\echo the end
