-- COPY from and to the client, \copy, large objects.
DROP TABLE IF EXISTS cp;
CREATE TABLE cp (a int, b text);
COPY cp FROM STDIN;
1	one
2	tab\tand backslash \\
3	\N
\.
COPY cp FROM STDIN WITH (FORMAT csv, HEADER);
a,b
4,"quoted ""text"", with
newline"
5,
\.
COPY cp FROM STDIN;
not a number	x
\.
COPY cp TO STDOUT;
COPY (SELECT a, upper(b) FROM cp ORDER BY a) TO STDOUT WITH (FORMAT csv, FORCE_QUOTE *);
\cd :tmp
\copy cp TO 'cp.csv' WITH (FORMAT csv)
TRUNCATE cp;
\copy cp FROM 'cp.csv' WITH (FORMAT csv)
SELECT * FROM cp ORDER BY a;
\copy (SELECT a FROM cp ORDER BY a DESC) TO STDOUT
\copy cp TO 'cp.bin' WITH (FORMAT binary)
\copy cp FROM 'cp.bin' WITH (FORMAT binary)
SELECT count(*) FROM cp;
COPY cp FROM '/no/such/file';
COPY no_such_table TO STDOUT;
INSERT INTO cp SELECT i, repeat('row ', 100) FROM generate_series(10, 5000) i;
\copy cp TO 'large.txt'
TRUNCATE cp;
\copy cp FROM 'large.txt'
SELECT count(*), sum(length(b)) FROM cp;
SELECT lo_create(98765);
SELECT lo_put(98765, 0, 'content of the large object');
\lo_export 98765 lo.out
\lo_unlink 98765
\lo_import lo.out 'imported'
SELECT encode(lo_get(:LASTOID), 'escape');
\lo_unlink :LASTOID
DROP TABLE cp;
\echo the end
