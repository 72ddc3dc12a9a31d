"""Queries as real applications send them pass with rules that name their own tables and nothing else.

Each suite has a schema of its own, as the application would create it, and a user whose rules name only the tables of
that schema, with READ and WRITE. Every query runs on PostgreSQL directly and through the proxy, and gives the same.
"""

import pytest

from harness import messages
from harness.proxy import SERVICE_PASSWORD, SERVICE_USER, configuration, database, user
from harness.wire import WireClient

PASSWORD = "benign-Password-1"

WAREHOUSE = {
    "tables": {
        "region": "r_regionkey int PRIMARY KEY, r_name text", "nation": "n_nationkey int PRIMARY KEY, n_name text, n_regionkey int",
        "supplier": "s_suppkey int PRIMARY KEY, s_name text, s_address text, s_nationkey int, s_phone text, s_acctbal numeric, s_comment text",
        "customer": "c_custkey int PRIMARY KEY, c_name text, c_nationkey int, c_phone text, c_acctbal numeric, c_mktsegment text",
        "part": "p_partkey int PRIMARY KEY, p_name text, p_mfgr text, p_brand text, p_type text, p_size int, p_container text, p_retailprice numeric",
        "partsupp": "ps_partkey int, ps_suppkey int, ps_availqty int, ps_supplycost numeric, PRIMARY KEY (ps_partkey, ps_suppkey)",
        "orders": "o_orderkey int PRIMARY KEY, o_custkey int, o_orderstatus text, o_totalprice numeric, o_orderdate date, o_orderpriority text, o_comment text",
        "lineitem": "l_orderkey int, l_partkey int, l_suppkey int, l_linenumber int, l_quantity numeric, l_extendedprice numeric, l_discount numeric, l_tax numeric, l_returnflag text, l_linestatus text, l_shipdate date, l_commitdate date, l_receiptdate date, l_shipinstruct text, l_shipmode text",
    },
    "queries": [
        "SELECT l_returnflag, l_linestatus, sum(l_quantity) AS sum_qty, sum(l_extendedprice * (1 - l_discount)) AS disc, avg(l_discount), count(*) FROM lineitem WHERE l_shipdate <= date '1998-12-01' - interval '90 day' GROUP BY l_returnflag, l_linestatus ORDER BY 1, 2",
        "SELECT s_acctbal, s_name, n_name, p_partkey FROM part, supplier, partsupp, nation, region WHERE p_partkey = ps_partkey AND s_suppkey = ps_suppkey AND p_size = 15 AND p_type LIKE '%BRASS' AND s_nationkey = n_nationkey AND n_regionkey = r_regionkey AND ps_supplycost = (SELECT min(ps_supplycost) FROM partsupp, supplier WHERE p_partkey = ps_partkey AND s_suppkey = ps_suppkey) ORDER BY s_acctbal DESC LIMIT 100",
        "SELECT o_orderpriority, count(*) FROM orders WHERE o_orderdate >= date '1993-07-01' AND EXISTS (SELECT * FROM lineitem WHERE l_orderkey = o_orderkey AND l_commitdate < l_receiptdate) GROUP BY o_orderpriority ORDER BY o_orderpriority",
        "SELECT supp_nation, l_year, sum(volume) FROM (SELECT n1.n_name AS supp_nation, extract(year FROM l_shipdate) AS l_year, l_extendedprice * (1 - l_discount) AS volume FROM supplier, lineitem, nation n1 WHERE s_suppkey = l_suppkey AND s_nationkey = n1.n_nationkey) AS shipping GROUP BY supp_nation, l_year",
        "SELECT extract(year FROM o_orderdate), sum(CASE WHEN n_name = 'BRAZIL' THEN o_totalprice ELSE 0 END) / nullif(sum(o_totalprice), 0) FROM orders JOIN customer ON c_custkey = o_custkey JOIN nation ON n_nationkey = c_nationkey GROUP BY 1",
        "SELECT c_count, count(*) AS custdist FROM (SELECT c_custkey, count(o_orderkey) FROM customer LEFT OUTER JOIN orders ON c_custkey = o_custkey AND o_comment NOT LIKE '%special%requests%' GROUP BY c_custkey) AS c_orders (c_custkey, c_count) GROUP BY c_count ORDER BY custdist DESC, c_count DESC",
        "WITH revenue (supplier_no, total_revenue) AS (SELECT l_suppkey, sum(l_extendedprice * (1 - l_discount)) FROM lineitem GROUP BY l_suppkey) SELECT s_suppkey, total_revenue FROM supplier, revenue WHERE s_suppkey = supplier_no AND total_revenue = (SELECT max(total_revenue) FROM revenue)",
        "SELECT cntrycode, count(*) FROM (SELECT substring(c_phone FROM 1 FOR 2) AS cntrycode, c_acctbal FROM customer WHERE substring(c_phone FROM 1 FOR 2) IN ('13', '31') AND c_acctbal > (SELECT avg(c_acctbal) FROM customer) AND NOT EXISTS (SELECT * FROM orders WHERE o_custkey = c_custkey)) AS sale GROUP BY cntrycode",
        "SELECT n_name, rank() OVER (PARTITION BY n_regionkey ORDER BY n_name), lag(n_name) OVER w FROM nation WINDOW w AS (ORDER BY n_nationkey)",
        "SELECT r_name, string_agg(n_name, ', ' ORDER BY n_name), array_agg(n_nationkey), json_agg(nation) FROM region JOIN nation ON r_regionkey = n_regionkey GROUP BY ROLLUP (r_name)",
        "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY o_totalprice), mode() WITHIN GROUP (ORDER BY o_orderstatus) FROM orders",
        "SELECT p_brand, upper(p_name) || '/' || coalesce(p_type, '-'), p_size BETWEEN 1 AND 5, p_container ~* '^sm' FROM part FETCH FIRST 3 ROWS ONLY",
    ],
}

TRADE = {
    "tables": {
        "warehouse": "w_id int PRIMARY KEY, w_name text, w_tax numeric, w_ytd numeric DEFAULT 0", "district": "d_id int, d_w_id int, d_tax numeric, d_ytd numeric, d_next_o_id int, PRIMARY KEY (d_w_id, d_id)",
        "client": "c_id int, c_d_id int, c_w_id int, c_last text, c_balance numeric, c_data text, PRIMARY KEY (c_w_id, c_d_id, c_id)", "history": "h_c_id int, h_date timestamptz, h_amount numeric",
        "oorder": "o_id int, o_d_id int, o_w_id int, o_c_id int, o_entry_d timestamptz, o_carrier_id int, PRIMARY KEY (o_w_id, o_d_id, o_id)", "new_order": "no_o_id int, no_d_id int, no_w_id int",
        "stock": "s_i_id int, s_w_id int, s_quantity int, s_ytd numeric, PRIMARY KEY (s_w_id, s_i_id)", "item": "i_id int PRIMARY KEY, i_name text, i_price numeric",
    },
    "queries": [
        "BEGIN", "INSERT INTO warehouse VALUES (1, 'one', 0.1) ON CONFLICT (w_id) DO UPDATE SET w_tax = excluded.w_tax + warehouse.w_tax", "INSERT INTO district VALUES (1, 1, 0.05, 0, 3000) RETURNING d_next_o_id",
        "INSERT INTO item SELECT g, 'item ' || g, g * 1.5 FROM generate_series(1, 10) g", "INSERT INTO stock (s_i_id, s_w_id, s_quantity, s_ytd) VALUES (1, 1, 50, 0), (2, 1, 60, 0)",
        "SELECT w_tax FROM warehouse WHERE w_id = 1 FOR SHARE", "UPDATE district SET d_next_o_id = d_next_o_id + 1 WHERE d_w_id = 1 AND d_id = 1 RETURNING d_tax, d_next_o_id",
        "INSERT INTO oorder (o_id, o_d_id, o_w_id, o_c_id, o_entry_d) VALUES (3000, 1, 1, 7, '2024-01-01 10:00+00')", "INSERT INTO new_order VALUES (3000, 1, 1)",
        "SELECT i_price, i_name FROM item WHERE i_id = ANY ('{1,2}'::int[]) ORDER BY i_id", "UPDATE stock SET s_quantity = CASE WHEN s_quantity - 5 >= 10 THEN s_quantity - 5 ELSE s_quantity + 86 END WHERE s_i_id = 1 AND s_w_id = 1",
        "DELETE FROM new_order WHERE no_o_id = (SELECT min(no_o_id) FROM new_order) RETURNING *", "SELECT count(DISTINCT s_i_id) FROM stock, oorder WHERE s_w_id = o_w_id AND s_quantity < 100",
        "WITH paid AS (UPDATE warehouse SET w_ytd = w_ytd + 10 RETURNING w_id) INSERT INTO history SELECT w_id, '2024-01-01', 10 FROM paid",
        "MERGE INTO stock s USING item i ON s.s_i_id = i.i_id WHEN MATCHED THEN UPDATE SET s_ytd = i_price WHEN NOT MATCHED THEN INSERT VALUES (i.i_id, 1, 0, 0)",
        "SAVEPOINT one", "SELECT c_balance FROM client WHERE c_last LIKE 'BAR%' ORDER BY c_id FOR UPDATE SKIP LOCKED", "ROLLBACK TO SAVEPOINT one", "ROLLBACK",
    ],
}

MUSIC = {
    "tables": {
        "artist": "artist_id int PRIMARY KEY, name varchar(120)", "album": "album_id int PRIMARY KEY, title varchar(160), artist_id int", "genre": "genre_id int PRIMARY KEY, name varchar(120)",
        "track": "track_id int PRIMARY KEY, name varchar(200), album_id int, genre_id int, composer varchar(220), milliseconds int, unit_price numeric(10, 2), tags jsonb DEFAULT '{}'",
        "invoice": "invoice_id int PRIMARY KEY, customer_id int, invoice_date timestamp, billing_country varchar(40), total numeric(10, 2)", "employee": "employee_id int PRIMARY KEY, last_name text, reports_to int",
    },
    "queries": [
        'SELECT "artist"."name", count("album"."album_id") AS "albums" FROM "artist" LEFT OUTER JOIN "album" ON ("artist"."artist_id" = "album"."artist_id") GROUP BY "artist"."name" HAVING count("album"."album_id") > 0 ORDER BY "albums" DESC, 1 LIMIT 10 OFFSET 0',
        "WITH RECURSIVE chain AS (SELECT employee_id, last_name, 0 AS depth FROM employee WHERE reports_to IS NULL UNION ALL SELECT e.employee_id, e.last_name, c.depth + 1 FROM employee e JOIN chain c ON e.reports_to = c.employee_id) SELECT * FROM chain ORDER BY depth, last_name",
        "SELECT date_trunc('month', invoice_date)::date AS month, sum(total) FILTER (WHERE billing_country = 'USA'), to_char(sum(total), 'FM999990.00') FROM invoice GROUP BY 1 ORDER BY 1",
        "SELECT t.*, g.name FROM track t JOIN genre g USING (genre_id) WHERE t.tags @> '{\"live\": true}' AND t.tags ->> 'year' > '1990'", "SELECT tags || '{\"a\": 1}'::jsonb, jsonb_object_keys(tags) FROM track",
        "SELECT a.title, x.name FROM album a, LATERAL (SELECT t.name FROM track t WHERE t.album_id = a.album_id ORDER BY milliseconds DESC LIMIT 1) x",
        "SELECT name FROM track WHERE to_tsvector('english', name) @@ plainto_tsquery('english', 'rock')", "SELECT DISTINCT ON (artist_id) artist_id, title FROM album ORDER BY artist_id, album_id DESC",
        "SELECT name FROM artist EXCEPT SELECT composer FROM track INTERSECT SELECT name FROM genre", "VALUES (1, 'a'), (2, 'b')", "TABLE genre", "SELECT generate_series(1, 3), now() IS NOT NULL, current_date > '2000-01-01'",
        "EXPLAIN (COSTS off) SELECT name FROM genre", "COPY (SELECT name FROM genre) TO STDOUT", "COPY genre TO STDOUT (FORMAT csv, HEADER)",
    ],
}

ADMIN = {
    "tables": {
        "auth_user": "id serial PRIMARY KEY, username varchar(150), password varchar(128), last_login timestamptz, is_superuser bool DEFAULT false, date_joined timestamptz DEFAULT '2024-01-01'",
        "django_session": "session_key varchar(40) PRIMARY KEY, session_data text, expire_date timestamptz", "django_content_type": "id serial PRIMARY KEY, app_label varchar(100), model varchar(100)",
        "auth_permission": "id serial PRIMARY KEY, name varchar(255), content_type_id int, codename varchar(100)", "django_admin_log": "id serial PRIMARY KEY, action_time timestamptz, object_id text, user_id int, content_type_id int",
        "posts": "id bigserial PRIMARY KEY, title varchar, body text, user_id bigint, created_at timestamp(6), updated_at timestamp(6)",
    },
    "queries": [
        'SELECT "auth_user"."id", "auth_user"."password", "auth_user"."last_login" FROM "auth_user" WHERE "auth_user"."username" = \'admin\' LIMIT 21',
        'SELECT (1) AS "a" FROM "django_session" WHERE "django_session"."session_key" = \'k\' LIMIT 1', 'INSERT INTO "django_session" ("session_key", "session_data", "expire_date") VALUES (\'k\', \'d\', \'2030-01-01T00:00:00+00:00\'::timestamptz)',
        'UPDATE "django_session" SET "session_data" = \'e\' WHERE "django_session"."session_key" = \'k\'', 'DELETE FROM "django_session" WHERE "django_session"."session_key" IN (\'k\', \'l\')',
        'SELECT COUNT(*) AS "__count" FROM "auth_user"', 'SELECT "django_admin_log"."id", "auth_user"."username", "django_content_type"."model" FROM "django_admin_log" INNER JOIN "auth_user" ON ("django_admin_log"."user_id" = "auth_user"."id") LEFT OUTER JOIN "django_content_type" ON ("django_admin_log"."content_type_id" = "django_content_type"."id") WHERE UPPER("django_admin_log"."object_id"::text) LIKE UPPER(\'%x%\') ORDER BY "django_admin_log"."action_time" DESC LIMIT 10',
        'SELECT DISTINCT "auth_permission"."codename", EXTRACT(\'year\' FROM "auth_user"."date_joined" AT TIME ZONE \'UTC\') FROM "auth_permission", "auth_user" ORDER BY 1',
        'SELECT "posts".* FROM "posts" WHERE "posts"."user_id" = 1 ORDER BY "posts"."id" ASC LIMIT 1', 'SELECT 1 AS one FROM "posts" WHERE "posts"."title" = \'t\' LIMIT 1', "SHOW max_identifier_length", "SET client_min_messages TO 'warning'",
        "SET standard_conforming_strings = on", "SET SESSION timezone TO 'UTC'", "SELECT version()", "SHOW search_path", "SELECT current_schemas(false)",
        "SELECT t.oid, t.typname FROM pg_type t LEFT JOIN pg_range r ON t.oid = r.rngtypid WHERE t.typname IN ('int2', 'int4', 'int8', 'oid', 'float4', 'float8', 'bool') ORDER BY 1",
        "SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), pg_get_expr(d.adbin, d.adrelid), a.attnotnull, col_description(a.attrelid, a.attnum) FROM pg_attribute a LEFT JOIN pg_attrdef d ON a.attrelid = d.adrelid AND a.attnum = d.adnum JOIN pg_class c ON c.oid = a.attrelid WHERE a.attrelid = '\"posts\"'::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
        "SELECT a.attname FROM (SELECT indrelid, indkey, generate_subscripts(indkey, 1) idx FROM pg_index WHERE indrelid = '\"posts\"'::regclass AND indisprimary) i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[i.idx] ORDER BY i.idx",
        "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public' AND table_name = 'posts' ORDER BY ordinal_position",
        "SELECT constraint_name, table_name FROM information_schema.table_constraints WHERE table_schema = 'public' ORDER BY 1, 2", "SELECT db.oid > 0, db.datname, pg_encoding_to_char(db.encoding), has_database_privilege(db.oid, 'CREATE') FROM pg_database db WHERE db.datname = current_database()",
        "SELECT nsp.nspname, has_schema_privilege(nsp.oid, 'USAGE'), obj_description(nsp.oid) FROM pg_namespace nsp WHERE nspname !~ '^pg_' ORDER BY nspname", "SELECT rolname FROM pg_roles WHERE rolname = current_user",
    ],
}

SUITES = {"warehouse": WAREHOUSE, "trade": TRADE, "music": MUSIC, "admin": ADMIN}


@pytest.fixture(scope="module")
def opened(module_proxy, postgres, pool_mode):
    """For each suite a connection directly and one through the proxy."""
    policies, users = [], []
    for name, suite in SUITES.items():
        postgres.sql(f"DROP DATABASE IF EXISTS benign_{name} WITH (FORCE)")
        postgres.sql(f"CREATE DATABASE benign_{name}")
        postgres.sql(";".join(f"CREATE TABLE {table} ({columns})" for table, columns in suite["tables"].items()), f"benign_{name}")
        users.append(user(name, PASSWORD))
        policies.append({"id": name, "users": [name], "database": f"benign_{name}", "schema": "public", "tables": list(suite["tables"]), "statements": ["READ", "WRITE"], "action": "allow"})
    proxy = module_proxy(configuration(postgres, policies=policies, users=users, **{"*": database(postgres, pool_mode)}))
    clients = {}
    for name in SUITES:
        direct = WireClient(postgres.host, postgres.port)
        direct.login(SERVICE_USER, SERVICE_PASSWORD, database=f"benign_{name}")
        clients[name] = (direct, proxy.login(name, PASSWORD, database=f"benign_{name}"))
    yield clients
    for pair in clients.values():
        for client in pair:
            client.close()


@pytest.mark.parametrize("suite", SUITES)
def test_applications_queries_pass(opened, suite):
    direct, proxied = opened[suite]
    queries = SUITES[suite]["queries"]
    if queries[0] != "BEGIN":
        queries = ["BEGIN", *queries, "ROLLBACK"]
    # One after the other: both work on the same tables, and take back what they do.
    expected = [[(m.type, m.body) for m in direct.query(sql) if m.type not in "NS"] for sql in queries]
    for sql, wanted in zip(queries, expected):
        shown = proxied.query(sql)
        errors = [messages.error_fields(m.body) for m in shown if m.type == "E"]
        assert not errors, (sql, errors)
        assert [(m.type, m.body) for m in shown if m.type not in "NS"] == wanted, sql


@pytest.mark.parametrize("suite", SUITES)
def test_and_nothing_of_the_neighbours_does(opened, suite):
    """The same users reach no table that their rules do not name."""
    _, proxied = opened[suite]
    for sql in ("SELECT * FROM public.elsewhere", "SELECT * FROM pg_authid", "CREATE TABLE t (id int)", "SELECT pg_read_file('PG_VERSION')"):
        errors = [messages.error_fields(m.body) for m in proxied.query(sql) if m.type == "E"]
        assert [e["C"] for e in errors] == ["42501"], sql
