"""`sql-proxy explain` and `sql-proxy check --live`: what the policy says, without a client."""

import json

import pytest

import shop
from harness.proxy import run_command, to_toml


@pytest.fixture(scope="module")
def shop_database(postgres):
    shop.create(postgres)
    postgres.sql("ALTER DATABASE shop SET search_path = hr, public; CREATE TABLE hr.kid (own int) INHERITS (hr.salaries)", "shop")
    yield postgres
    postgres.sql("ALTER DATABASE shop RESET search_path", "shop")


@pytest.fixture
def config(shop_database, tmp_path):
    path = tmp_path / "sql-proxy.toml"

    def write(change=lambda data: None):
        data = shop.shop_configuration(shop_database, "transaction")
        change(data)
        path.write_text(to_toml(data) + "\n", encoding="utf-8")
        return path

    return write


def explain(path, sql, *options, user="ann", code=0):
    done = run_command("explain", "-c", path, "--user", user, "--database", "shop", *options, sql)
    assert done.returncode == code, done.stderr
    return done


def explained(path, sql, *options, **more):
    return json.loads(explain(path, sql, "--json", *options, **more).stdout)


def test_offline_says_what_it_assumes(config):
    path = config()
    whole = explained(path, "SELECT customer FROM orders WHERE id = 42")
    assert (whole["user"], whole["roles"], whole["database"], whole["names"]) == ("ann", ["analysts"], "shop", "offline")
    assert whole["search_path"] == ["$user", "public"] and "No database was asked" in whole["notes"][0]
    (statement,) = whole["statements"]
    assert statement["sql"] == "SELECT customer FROM orders WHERE id = $1"
    assert (statement["statement_type"], statement["decision"], statement["matched_rule"], statement["specificity"]) == ("SELECT", "allow", "analysts-read-sales", 111)
    assert statement["tables"] == [{"database": "shop", "schema": "public", "table": "orders", "usage": "read"}]
    text = explain(path, "SELECT customer FROM orders WHERE id = 42").stdout
    assert 'verdict: allowed by rule "analysts-read-sales", specificity 111' in text and "note: No database was asked" in text


def test_a_denial_is_no_failure_of_the_command(config):
    whole = explained(config(), "UPDATE orders SET total = 0", user="bob")
    assert whole["decision"] == "deny"
    (statement,) = whole["statements"]
    assert (statement["matched_rule"], statement["error"]["sqlstate"], statement["error"]["message"]) == ("bob-no-update", "42501", "permission denied for table orders")
    deciding = [c for c in statement["checks"] if c["decision"] == "deny"]
    assert [(c["object"], c["resolved"], c["requires"], c["matched_rule"], c["specificity"]) for c in deciding] == [("table", ["public.orders"], "UPDATE", "bob-no-update", 111)]
    assert "would be denied" in explain(config(), "UPDATE orders SET total = 0", user="bob").stdout


def test_live_resolves_as_the_server_does(config):
    """By the database's own search_path, through views, to functions that exist."""
    path = config()
    whole = explained(path, "SELECT who FROM holidays; SELECT note FROM salary_view; SELECT * FROM absent; SELECT leak()", "--live")
    assert (whole["names"], whole["search_path"], whole["notes"]) == ("live", ["hr", "public"], [])
    holidays, view, absent, leak = whole["statements"]
    assert (holidays["decision"], holidays["tables"][0]["schema"]) == ("allow", "hr")
    assert (view["decision"], view["tables"][0]["schema"]) == ("deny", "public")
    assert absent["decision"] == "deny" and leak["functions"] == ["public.leak"]
    assert explained(path, "SELECT who FROM holidays")["decision"] == "deny"
    clara = explained(path, "SELECT note FROM salary_view", "--live", user="clara")
    assert clara["decision"] == "deny" and clara["statements"][0]["checks"][0]["why"] == "no rule allows all that it leads to"


def test_columns_are_told_with_their_origin(config):
    path = config()
    sql = "UPDATE public.orders SET total = o.t FROM (SELECT id, total AS t FROM public.orders WHERE customer <> '') o WHERE o.id = orders.id"
    place = "shop.public.orders."
    (statement,) = explained(path, sql, "--live", user="chief")["statements"]
    assert statement["columns"] == [place + c for c in ("customer", "id", "total")]
    assert (statement["columns_written"], statement["columns_filtered"]) == ([place + "total"], [place + "customer", place + "id"])
    (statement,) = explained(path, "SELECT id FROM public.orders WHERE total > 5")["statements"]
    assert (statement["columns"], statement["columns_filtered"]) == ([place + "id", place + "total"], [place + "total"])
    text = explain(path, sql, "--live", user="chief").stdout
    assert f"columns read: {place}customer, {place}id, {place}total\n  columns written: {place}total\n  columns filtered: {place}customer, {place}id\n" in text
    star = "SELECT * FROM public.orders"
    assert explained(path, star)["statements"][0]["columns"] == [place + "*"]
    assert explained(path, star, "--live")["statements"][0]["columns"] == [place + c for c in ("customer", "id", "total")]


def test_rules_with_columns_are_explained_column_by_column(config):
    def change(data):
        data["policies"].append({"id": "dora-orders", "users": ["dora"], "schema": "public", "table": "orders", "columns": ["id", "total"], "statements": ["READ"], "action": "allow"})
        data["users"].append({**data["users"][0], "name": "dora", "roles": []})

    path = config(change)
    (statement,) = explained(path, "SELECT id, customer FROM public.orders", "--live", user="dora")["statements"]
    checks = {c["name"]: (c["decision"], c["matched_rule"], c["specificity"]) for c in statement["checks"] if c["object"] == "column"}
    assert checks == {"public.orders.id": ("allow", "dora-orders", 12), "public.orders.customer": ("deny", None, None)}
    assert statement["error"]["detail"] == "No policy rule allows SELECT on column customer of public.orders."
    star = explained(path, "SELECT * FROM public.orders", "--live", user="dora")["statements"][0]
    assert star["error"]["hint"].startswith("These columns are allowed: id, total. ")
    assert explained(path, "SELECT id FROM public.orders", user="dora")["decision"] == "allow"
    assert explained(path, "SELECT * FROM public.orders", user="dora")["decision"] == "deny"


def test_explaining_executes_nothing(config, shop_database):
    explain(config(), "DROP TABLE public.orders", "--live", user="chief")
    assert shop_database.value("SELECT count(*) FROM public.orders", "shop") == "3"


def test_exit_codes(config, tmp_path):
    path = config()
    assert '"42601"' in explain(path, "SELEC 1", "--json", code=1).stdout
    assert "no user nobody" in explain(path, "SELECT 1", user="nobody", code=1).stderr
    done = run_command("explain", "-c", tmp_path / "absent.toml", "--user", "ann", "--database", "shop", "SELECT 1")
    assert done.returncode == 1 and "cannot be read" in done.stderr
    done = run_command("explain", "-c", path, "--user", "ann", "SELECT 1")
    assert done.returncode == 2
    unreachable = config(lambda data: data["databases"]["*"].update(port=1))
    assert "cannot be read" in explain(unreachable, "SELECT 1", "--live", code=3).stderr
    # Without a server the same configuration explains.
    assert explained(unreachable, "SELECT 1")["decision"] == "allow"


def check(path, *options):
    return run_command("check", "-c", path, *options)


def test_check_live_finds_names_that_no_database_has(config):
    def change(data):
        data["databases"] = {"shop": data["databases"]["*"]}
        data["policies"] += [
            {"id": "gone-table", "users": ["ann"], "schema": "hr", "table": "salarys", "statements": ["SELECT"], "action": "block"},
            {"id": "gone-schema", "users": ["ann"], "schema": "hrr", "statements": ["SELECT"], "action": "allow"},
            {"id": "gone-function", "users": ["ann"], "schema": "public", "function": "report_*", "statements": ["EXECUTE"], "action": "allow"},
            {"id": "to-be-made", "users": ["ann"], "schema": "public", "table": "drafts", "statements": ["DDL", "SELECT"], "action": "allow"},
            {"id": "gone-column", "users": ["ann"], "schema": "hr", "table": "salaries", "columns": ["note", "notes"], "statements": ["SELECT"], "action": "block"},
            {"id": "gone-columns", "users": ["ann"], "schema": "public", "tables": ["orders", "products"], "columns": ["totals", "customer"], "statements": ["UPDATE"], "action": "block"},
            {"id": "column-of-a-child", "users": ["ann"], "schema": "hr", "table": "salaries", "columns": ["id", "own"], "statements": ["SELECT"], "action": "block"},
            {"id": "column-to-be-made", "users": ["ann"], "schema": "public", "columns": ["later"], "statements": ["DDL", "UPDATE"], "action": "allow"},
            {"id": "fine", "users": ["ann"], "schema": "public", "function": "leak*", "statements": ["EXECUTE"], "action": "allow"},
        ]

    path = config(change)
    assert check(path).returncode == 0
    done = check(path, "--live")
    assert done.returncode == 1
    lines = [line for line in done.stderr.splitlines() if "plain text" not in line]
    source = path.read_text().splitlines()
    for line in lines:
        file, number, column, _ = line.split(":", 3)
        assert (file, column, source[int(number) - 1]) == (str(path), "1", '[["policies"]]')
    told = [line.split(": ", 1)[1] for line in lines]
    assert told == [
        'the rule "gone-table" names the table "salarys" in schema "hr", which the database "shop" does not have',
        'the rule "gone-schema" names the schema "hrr", which the database "shop" does not have',
        'the rule "gone-function" names a function "report_*" in schema "public", which the database "shop" does not have',
        'the rule "gone-column" names the column "notes" of the table "salaries" in schema "hr", which the database "shop" does not have',
        'the rule "gone-columns" names the column "totals" of any of the tables "orders", "products" in schema "public", which the database "shop" does not have',
        'warning: the rule "to-be-made" names the table "drafts" in schema "public", which the database "shop" does not have',
        'warning: the rule "column-to-be-made" names the column "later" of any table in schema "public", which the database "shop" does not have',
    ]


def test_check_live_of_a_sound_file_and_of_a_server_that_is_away(config):
    def only_shop(data):
        data["databases"] = {"shop": data["databases"]["*"]}

    done = check(config(only_shop), "--live")
    assert done.returncode == 0 and ": sound" in done.stdout

    def away(data):
        only_shop(data)
        data["databases"]["shop"]["port"] = 1

    done = check(config(away), "--live")
    assert done.returncode == 3 and 'the database "shop" cannot be read' in done.stderr
