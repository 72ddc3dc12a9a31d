"""Statements in which columns stand wherever SQL lets them, on one small schema. Each must run as the database's owner."""

SCHEMA = """
CREATE TYPE public.place AS (street text, city text);
CREATE TABLE public.person (id int PRIMARY KEY, name text, secret text, lives public.place);
INSERT INTO public.person VALUES (1, 'ada', 'S-1', ('a', 'b')), (2, 'bob', 'S-2', ('c', 'd'));
CREATE TABLE public.visit (id int PRIMARY KEY, person int, cost numeric, note text UNIQUE);
INSERT INTO public.visit VALUES (1, 1, 10, 'n1'), (2, 2, 20, 'n2'), (3, 1, 30, 'n3');
CREATE TABLE public.town (name text, secret text, people int);
INSERT INTO public.town VALUES ('ada', 'T-1', 5), ('zed', 'T-2', 6);
CREATE TABLE public.parent (a int, b int);
CREATE TABLE public.child (c int) INHERITS (public.parent);
CREATE TABLE public.part (k int, v text) PARTITION BY LIST (k);
CREATE TABLE public.part_1 PARTITION OF public.part FOR VALUES IN (1);
CREATE FUNCTION public.label(p public.person) RETURNS text LANGUAGE sql AS 'SELECT $1.name || $1.secret';
"""

COLUMNS = {
    "person": ["id", "name", "secret", "lives"], "visit": ["id", "person", "cost", "note"], "town": ["name", "secret", "people"], "parent": ["a", "b"], "child": ["a", "b", "c"],
    "part": ["k", "v"], "part_1": ["k", "v"],
}

STATEMENTS = """
SELECT 1 FROM person
SELECT count(*) FROM person
SELECT EXISTS (SELECT FROM person)
SELECT * FROM person
TABLE person
SELECT p.* FROM person p
SELECT person.* FROM person
SELECT public.person.* FROM public.person
SELECT public.person.name FROM public.person
SELECT person.name FROM public.person
SELECT name FROM person
SELECT name AS secret FROM person
SELECT p.name FROM person AS p
SELECT person FROM person
SELECT p FROM person p
SELECT row_to_json(p) FROM person p
SELECT to_jsonb(person) FROM person
SELECT p::text FROM person p
SELECT (p).name FROM person p
SELECT (p.*).name FROM person p
SELECT name(p) FROM person p
SELECT secret(person) FROM person
SELECT p.label FROM person p
SELECT label(p) FROM person p
SELECT (p).label FROM person p
SELECT (lives).city FROM person
SELECT (p.lives).city FROM person p
SELECT city(lives) FROM person
SELECT (lives).* FROM person
SELECT ctid, name FROM person
SELECT tableoid FROM person
SELECT p.xmin FROM person p
SELECT x FROM person AS p (x, y)
SELECT y FROM person AS p (x, y)
SELECT secret FROM person AS p (x, y)
SELECT p.secret FROM person AS p (x, y, z, secret)
SELECT lives FROM person p (id, lives, x, y)
SELECT ROW(p.*) FROM person p
SELECT count(p) FROM person p
SELECT count(p.*) FROM person p
SELECT max(name) FROM person
SELECT name FROM person WHERE secret = 'S-1'
SELECT 1 FROM person WHERE secret LIKE 'S%'
SELECT name FROM person ORDER BY secret
SELECT name FROM person ORDER BY 1
SELECT name AS secret FROM person ORDER BY secret
SELECT lower(name) AS n FROM person ORDER BY n
SELECT name AS secret FROM person ORDER BY secret || 'x'
SELECT count(*) FROM person GROUP BY secret
SELECT count(*), name AS secret FROM person GROUP BY secret, name
SELECT count(*), lower(name) AS n FROM person GROUP BY n
SELECT count(*) FROM person GROUP BY ROLLUP (name, secret)
SELECT count(*) FROM person GROUP BY GROUPING SETS ((name), (secret), ())
SELECT count(*) FROM person GROUP BY CUBE (name, id)
SELECT name, grouping(name) FROM person GROUP BY ROLLUP (name)
SELECT 1 FROM person HAVING max(secret) > 'a'
SELECT count(*) FILTER (WHERE secret > 'a') FROM person
SELECT string_agg(name, ',' ORDER BY secret) FROM person
SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY secret) FROM person
SELECT rank() OVER (PARTITION BY secret ORDER BY id) FROM person
SELECT sum(id) OVER w FROM person WINDOW w AS (ORDER BY secret)
SELECT sum(id) OVER w FROM person WINDOW w AS (PARTITION BY name)
SELECT DISTINCT name FROM person
SELECT DISTINCT ON (secret) name FROM person
SELECT DISTINCT ON (name) name, id FROM person ORDER BY name, secret
SELECT DISTINCT ON (secret) name AS secret FROM person
SELECT name FROM person LIMIT (SELECT count(cost) FROM visit)
SELECT name FROM person OFFSET (SELECT min(id) FROM visit) - 1
SELECT CASE WHEN secret = 'S-1' THEN 1 ELSE 0 END FROM person
SELECT coalesce(name, secret) FROM person
SELECT ARRAY[name, secret] FROM person
SELECT name = ANY (ARRAY[secret]) FROM person
SELECT (name, secret) = ('a', 'b') FROM person
SELECT secret IS NULL FROM person
SELECT secret COLLATE "C" FROM person
SELECT xmlelement(name x, secret) FROM person
SELECT id BETWEEN 1 AND 2 FROM person
SELECT greatest(name, secret) FROM person
SELECT nullif(name, secret) FROM person
SELECT * FROM person, visit
SELECT person.id FROM person, visit
SELECT cost FROM person, visit
SELECT p.name, v.note FROM person p JOIN visit v ON v.person = p.id
SELECT name FROM person p LEFT JOIN visit v ON (v.person = p.id AND v.cost > 10)
SELECT note FROM person JOIN visit USING (id)
SELECT id FROM person JOIN visit USING (id)
SELECT * FROM person JOIN visit USING (id)
SELECT 1 FROM person JOIN town USING (name, secret)
SELECT 1 FROM person NATURAL JOIN town
SELECT people FROM person NATURAL JOIN town
SELECT people FROM person NATURAL LEFT JOIN town
SELECT secret FROM person NATURAL JOIN town
SELECT j.note FROM (person JOIN visit USING (id)) AS j
SELECT j.id FROM (person JOIN visit USING (id)) AS j
SELECT j FROM (person JOIN visit USING (id)) AS j
SELECT j.* FROM (person JOIN visit USING (id)) AS j
SELECT d FROM (person JOIN visit USING (id)) AS j (a, b, c, d)
SELECT b FROM (person JOIN visit USING (id)) AS j (a, b)
SELECT g FROM (person CROSS JOIN visit) AS j (a, b, c, d, e, f, g)
SELECT u.id FROM person JOIN visit USING (id) AS u
SELECT u FROM person JOIN visit USING (id) AS u
SELECT b FROM (generate_series(1, 2) CROSS JOIN person) AS j (a, b)
SELECT c FROM (generate_series(1, 2) g CROSS JOIN person) AS j (a, b, c)
SELECT p.name FROM (person p CROSS JOIN town) CROSS JOIN visit
SELECT people FROM (person p JOIN town t ON p.name = t.name) JOIN visit ON visit.person = p.id
SELECT x.n FROM (SELECT name AS n, secret FROM person) x
SELECT x.secret FROM (SELECT name AS secret FROM person) x
SELECT 1 FROM (SELECT * FROM person) x
SELECT x FROM (SELECT name FROM person) x
SELECT a FROM (SELECT name FROM person) x (a)
SELECT name FROM (SELECT * FROM person) x
SELECT id FROM (SELECT p.* FROM person p) x WHERE x.secret > ''
SELECT (SELECT max(cost) FROM visit)
SELECT (SELECT name) FROM person
SELECT (SELECT secret FROM person WHERE id = 1)
SELECT (SELECT note FROM visit v WHERE v.person = p.id LIMIT 1) FROM person p
SELECT (SELECT max(cost) FROM visit WHERE person = secret::int) FROM person WHERE false
SELECT (SELECT people FROM town WHERE secret = 'T-1') FROM person
SELECT (SELECT people FROM town WHERE town.name = person.name) FROM person
SELECT name FROM person WHERE id IN (SELECT person FROM visit)
SELECT name FROM person WHERE id NOT IN (SELECT person FROM visit WHERE note IS NOT NULL)
SELECT name FROM person WHERE EXISTS (SELECT 1 FROM visit WHERE person = person.id)
SELECT name FROM person WHERE (id, name) IN (SELECT person, note FROM visit)
SELECT name FROM person WHERE id = ALL (SELECT id FROM visit)
SELECT ARRAY(SELECT name FROM person)
SELECT name FROM person p WHERE EXISTS (SELECT FROM visit WHERE EXISTS (SELECT FROM town WHERE town.secret = p.secret))
SELECT p.name, l.note FROM person p, LATERAL (SELECT note FROM visit WHERE person = p.id) l
SELECT l.s FROM person p, LATERAL (SELECT secret AS s) l
SELECT l.* FROM person p CROSS JOIN LATERAL (SELECT p.name) l
SELECT g FROM person, generate_series(1, id) g
SELECT g FROM person, LATERAL generate_series(1, length(secret)) g
SELECT n.value FROM person p, jsonb_each(to_jsonb(p)) n
SELECT (SELECT s FROM (SELECT secret AS s) x) FROM person
SELECT (SELECT x FROM (SELECT secret) AS y (x)) FROM person
SELECT (SELECT secret FROM (VALUES (1)) v (people)) FROM town
SELECT (SELECT people FROM (VALUES (1)) v (people)) FROM town
SELECT column1 FROM (VALUES ((SELECT name FROM person LIMIT 1))) v
SELECT s FROM person, LATERAL (VALUES (secret)) v (s)
VALUES ((SELECT secret FROM person LIMIT 1), 2)
SELECT name FROM person UNION SELECT note FROM visit
SELECT name FROM person UNION ALL SELECT secret FROM town ORDER BY name
SELECT name FROM person INTERSECT SELECT name FROM town
SELECT name AS n FROM person EXCEPT (SELECT name FROM town UNION SELECT note FROM visit) ORDER BY n
SELECT u.n FROM (SELECT name AS n FROM person UNION SELECT secret FROM town) u
(SELECT name FROM person ORDER BY secret LIMIT 1) UNION ALL (SELECT note FROM visit)
WITH x AS (SELECT name FROM person) SELECT * FROM x
WITH x AS (SELECT secret FROM person) SELECT 1
WITH x AS (SELECT * FROM person) SELECT name FROM x
WITH x (a, b) AS (SELECT id, name FROM person) SELECT b FROM x
WITH x AS (SELECT name FROM person), y AS (SELECT name FROM x) SELECT name FROM y
WITH person AS (SELECT name FROM town) SELECT name FROM person
WITH RECURSIVE r AS (SELECT id FROM person UNION SELECT r.id + 1 FROM r, visit WHERE r.id < visit.id) SELECT id FROM r
WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < (SELECT max(cost) FROM visit)) SELECT n FROM r
WITH RECURSIVE r AS (SELECT id, name FROM person UNION ALL SELECT v.id, v.note FROM visit v JOIN r ON r.id = v.person AND v.id > 100) SEARCH DEPTH FIRST BY id SET o SELECT o, name FROM r
WITH RECURSIVE r AS (SELECT id FROM person UNION ALL SELECT v.person FROM visit v, r WHERE v.person = r.id AND false) CYCLE id SET c USING path SELECT c, path FROM r
WITH d AS (DELETE FROM visit WHERE note = 'x' RETURNING id) SELECT id FROM d
WITH i AS (INSERT INTO town (name) SELECT name FROM person RETURNING name, people) SELECT * FROM i
WITH u AS (UPDATE town SET people = 1 RETURNING *) SELECT people FROM u
SELECT * FROM ROWS FROM (generate_series(1, 2), generate_series(1, (SELECT max(id) FROM person))) AS f (a, b)
SELECT * FROM xmltable('/a' PASSING (SELECT xmlelement(name a, secret) FROM person LIMIT 1) COLUMNS v text PATH '.')
SELECT x.v FROM person p, xmltable('/a' PASSING xmlelement(name a, p.secret) COLUMNS v text PATH '.') x
SELECT name FROM person TABLESAMPLE SYSTEM (100)
SELECT name FROM person FOR UPDATE
SELECT name FROM person p, visit v WHERE v.person = p.id FOR SHARE OF p
SELECT parent.a FROM parent
SELECT a FROM child
SELECT c FROM child
SELECT a FROM ONLY parent
SELECT * FROM parent
SELECT v FROM part
SELECT v FROM part_1
INSERT INTO town VALUES ('x', 'y', 1)
INSERT INTO town VALUES ('x', 'y')
INSERT INTO town (name) VALUES ('x')
INSERT INTO town (name, secret) VALUES ('x', DEFAULT), ('y', 'z')
INSERT INTO town DEFAULT VALUES
INSERT INTO town SELECT name, secret FROM person
INSERT INTO town (name, people) SELECT p.name, v.cost FROM person p, visit v
INSERT INTO town SELECT * FROM town
INSERT INTO town (name) VALUES ('x') RETURNING people
INSERT INTO town (name) VALUES ('x') RETURNING *
INSERT INTO town AS t (name) VALUES ('x') RETURNING t.secret
INSERT INTO town (name) VALUES ('x') RETURNING town
INSERT INTO town (name) VALUES ((SELECT secret FROM person LIMIT 1))
INSERT INTO visit (id, note) VALUES (1, 'q') ON CONFLICT DO NOTHING
INSERT INTO visit (id, note) VALUES (1, 'q') ON CONFLICT (id) DO NOTHING
INSERT INTO visit (id, note) VALUES (1, 'q') ON CONFLICT (id) DO UPDATE SET note = excluded.note
INSERT INTO visit (id, note) VALUES (1, 'q') ON CONFLICT (id) DO UPDATE SET note = visit.note || 'x'
INSERT INTO visit (id, note) VALUES (1, 'q') ON CONFLICT (id) DO UPDATE SET note = 'z' WHERE visit.cost > 1
INSERT INTO visit AS v (id, note) VALUES (1, 'q') ON CONFLICT (id) DO UPDATE SET (note, cost) = (SELECT name, id FROM person WHERE person.id = v.person)
INSERT INTO visit (id, note) VALUES (7, 'n1') ON CONFLICT (note) DO NOTHING
INSERT INTO visit (id, cost) VALUES (9, 1) ON CONFLICT (id) DO UPDATE SET cost = excluded.cost + 1 RETURNING note
INSERT INTO visit (id, note) VALUES (1, 'q') ON CONFLICT ON CONSTRAINT visit_pkey DO NOTHING
UPDATE town SET people = 1
UPDATE town SET people = people + 1
UPDATE town SET people = 1 WHERE secret = 'T-1'
UPDATE town t SET people = 1 WHERE t.name = 'x'
UPDATE town SET (name, people) = ('a', 2)
UPDATE town SET (name, people) = (SELECT name, id FROM person LIMIT 1)
UPDATE town SET (name, people) = (SELECT note, cost FROM visit WHERE note = town.secret)
UPDATE town SET people = p.id FROM person p WHERE p.name = town.name
UPDATE town SET people = id FROM person
UPDATE town SET secret = DEFAULT
UPDATE town SET people = 1 RETURNING secret
UPDATE town SET people = 1 RETURNING *
UPDATE town SET people = 1 FROM visit RETURNING visit.note
UPDATE town SET people = 1 RETURNING (SELECT max(cost) FROM visit WHERE note = town.name)
UPDATE parent SET a = 1 WHERE b = 2
UPDATE person SET lives.city = 'x'
DELETE FROM town
DELETE FROM town WHERE secret = 'x'
DELETE FROM town USING person p WHERE p.name = town.name
DELETE FROM town t USING person WHERE people = id
DELETE FROM town RETURNING people
DELETE FROM town WHERE people IN (SELECT id FROM visit) RETURNING *
MERGE INTO town t USING person p ON p.name = t.name WHEN MATCHED THEN UPDATE SET people = p.id
MERGE INTO town t USING person p ON p.name = t.name WHEN NOT MATCHED THEN INSERT (name, people) VALUES (p.name, p.id)
MERGE INTO town t USING person p ON p.name = t.name WHEN MATCHED AND t.people > 1 THEN DELETE
MERGE INTO town t USING (SELECT name, secret AS s FROM person) p ON p.name = t.name WHEN MATCHED THEN UPDATE SET secret = p.s WHEN NOT MATCHED THEN DO NOTHING
MERGE INTO town t USING person p ON p.id = t.people WHEN NOT MATCHED AND p.secret > 'a' THEN INSERT VALUES (p.name, 'x', 1)
COPY person TO STDOUT
COPY person (id, name) TO STDOUT
COPY (SELECT name FROM person) TO STDOUT
COPY (SELECT * FROM person NATURAL JOIN town) TO STDOUT
COPY (UPDATE town SET people = 3 RETURNING name) TO STDOUT
EXPLAIN SELECT name FROM person WHERE secret = ''
EXPLAIN ANALYZE SELECT name FROM person
EXPLAIN UPDATE town SET people = 2 WHERE name = ''
DECLARE c CURSOR FOR SELECT name FROM person ORDER BY secret
SELECT name FROM (person p JOIN visit v ON p.id = v.person) JOIN town USING (name)
SELECT t.* FROM person p JOIN town t USING (name)
SELECT * FROM person p JOIN town t USING (name) JOIN visit v ON v.note = t.name
SELECT sum(x.c) FROM (SELECT cost AS c FROM visit UNION ALL SELECT people FROM town) x
SELECT p1.name FROM person p1, person p2 WHERE p1.id = p2.id
SELECT count(DISTINCT secret) FROM person
SELECT name FROM person WHERE current_user = 'x' OR random() < 2
SELECT (SELECT count(*) FROM visit v WHERE v.cost > (SELECT min(people) FROM town t WHERE t.name = p.name)) FROM person p
SELECT 1 FROM person p FULL JOIN town t ON p.name = t.name AND t.people = 5
SELECT a.name FROM person a WHERE (SELECT a.secret) IS NOT NULL
SELECT (SELECT row(p.*) FROM town LIMIT 1) FROM person p
SELECT json_agg(x) FROM (SELECT id, name FROM person) x
SELECT array_agg(p.name ORDER BY p.id) FROM person p GROUP BY p.lives
SELECT x.name FROM (SELECT person.* FROM person JOIN visit ON visit.person = person.id) x
SELECT q.secret FROM (SELECT t.* FROM person p NATURAL JOIN town t) q
WITH a AS (SELECT id FROM person), b AS (SELECT a.id, v.note FROM a JOIN visit v ON v.person = a.id) SELECT note FROM b WHERE id = 1
SELECT name, (WITH z AS (SELECT p.secret) SELECT secret FROM z) FROM person p
SELECT (SELECT x.secret FROM (visit JOIN visit w USING (id) AS x) AS j LIMIT 1) FROM town x
SELECT 1 FROM town WHERE (name, secret) < (SELECT name, secret FROM person LIMIT 1)
""".strip().splitlines()
