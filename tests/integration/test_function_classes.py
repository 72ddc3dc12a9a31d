"""Every function that the live server has is classified: nothing that runs text, reaches files or the network, signals or sets is allowed without a rule.

The oracle is the server itself: what it does not let PUBLIC execute is dangerous by PostgreSQL's own opinion; what is
volatile has effects, or somebody has reviewed that it has none; what is stable may read, so its names are reviewed in
stable_functions.txt. A release that adds a function to any of these fails here until somebody has looked at it.
"""

import json
import re
from pathlib import Path

import pytest

import shop
from harness.proxy import ROOT, run_command, to_toml

# Of contrib; those that the machine has are installed, each into its usual schema.
EXTENSIONS = [
    "adminpack", "amcheck", "dblink", "file_fdw", "intagg", "lo", "old_snapshot", "pageinspect", "pg_buffercache", "pg_freespacemap", "pg_prewarm", "pg_stat_statements", "pg_surgery",
    "pg_visibility", "pg_walinspect", "pgcrypto", "pgrowlocks", "pgstattuple", "postgres_fdw", "sslinfo", "tablefunc", "xml2", "citext", "hstore", "uuid-ossp",
]
# Of these the name says it: they take SQL text or names of tables, reach files, other servers, signals, settings.
DANGEROUS = re.compile(
    r"(query|table|cursor|schema|database)_to_xml|^ts_stat$|^ts_rewrite$|^pg_read_|^pg_ls_|^pg_stat_file$|^pg_file_|^pg_logdir_ls$|^lo_|^lo(read|write)$|^dblink|^crosstab|^connectby|"
    r"^pg_terminate_|^pg_cancel_|^pg_reload_|^pg_rotate_|^pg_promote$|^pg_(create|drop|copy|advance)_|^pg_logical_|^pg_switch_|^pg_backup_|^pg_replication_(slot|origin)_(advance|create|drop|session)|"
    r"^binary_upgrade_|^xpath_table$|^set_config$|^setval$|^nextval$|^currtid|^pg_stat_reset|^pg_import_system_collations$|^pg_export_snapshot$|^pg_wal_replay_(pause|resume)")
# What PUBLIC may not execute, and that is open here by a decision of ours: it shows what everybody may know.
OPENED = {"pg_replication_origin_oid", "pg_stat_have_stats"}


@pytest.fixture(scope="module")
def server(postgres):
    shop.create(postgres)
    for name in EXTENSIONS:
        if postgres.value(f"SELECT count(*) FROM pg_available_extensions WHERE name = '{name}'", "shop") == "1":
            postgres.sql(f'CREATE EXTENSION "{name}"', "shop")
    return postgres


@pytest.fixture(scope="module")
def decide(server, tmp_path_factory):
    """Gives the decisions on calls of functions, each (schema, name, number of arguments), for a user without rules."""
    folder = tmp_path_factory.mktemp("classes")

    def decisions(functions, default="block"):
        config = shop.shop_configuration(server, "session")
        config["policy"]["default"] = default
        path = folder / f"{default}.toml"
        path.write_text(to_toml(config) + "\n", encoding="utf-8")
        found = {}
        for start in range(0, len(functions), 1000):
            part = functions[start:start + 1000]
            text = ";".join(f'SELECT "{schema}"."{name}"({", ".join(["NULL"] * count)})' for schema, name, count in part)
            done = run_command("explain", "-c", path, "--user", "nemo", "--database", "shop", "--live", "--json", text)
            assert done.returncode == 0, done.stderr
            statements = json.loads(done.stdout)["statements"]
            assert len(statements) == len(part)
            found.update({function: s["decision"] for function, s in zip(part, statements)})
        return found

    return decisions


def _functions(server, where):
    rows = server.sql(f"""SELECT DISTINCT n.nspname, p.proname, p.pronargs FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE p.prokind = 'f' AND NOT ('internal'::regtype = ANY (p.proargtypes)) AND p.prorettype NOT IN ('internal'::regtype, 'trigger'::regtype, 'event_trigger'::regtype) AND {where} ORDER BY 1, 2, 3""", "shop")
    return [(schema, name, int(count)) for schema, name, count in rows]


def _allowed(decisions):
    return sorted({name for (_, name, _), decision in decisions.items() if decision == "allow"})


def test_what_postgresql_keeps_from_public_needs_a_rule(server, decide):
    functions = _functions(server, "n.nspname = 'pg_catalog' AND p.proacl IS NOT NULL AND NOT EXISTS (SELECT FROM aclexplode(p.proacl) a WHERE a.grantee = 0)")
    assert len(functions) > 40
    assert set(_allowed(decide(functions))) - OPENED == set()
    # Neither does a default of "allow" open what reaches files, signals, replicates.
    reaching = [f for f in functions if re.search(r"file|ls_|terminate|reload|rotate|promote|slot|origin|backup|wal", f[1])]
    assert len(reaching) > 30 and set(_allowed(decide(reaching, "allow"))) - OPENED == set()


def test_what_the_name_gives_away_needs_a_rule(server, decide):
    functions = [f for f in _functions(server, "true") if DANGEROUS.search(f[1])]
    names = {name for _, name, _ in functions}
    assert {"query_to_xml", "ts_stat", "pg_read_file", "lo_import", "dblink", "crosstab", "pg_terminate_backend", "set_config"} <= names
    decisions = decide(functions)
    # What set_config sets is judged as a setting; a name that is not a constant is refused.
    assert [name for name in _allowed(decisions) if name != "ts_rewrite"] == []


def test_every_volatile_function_is_on_a_list(server, decide):
    """A volatile function that nobody has reviewed is denied; those that are allowed are in the reviewed list."""
    source = (ROOT / "src/pipeline/function_classes.cpp").read_text(encoding="utf-8")
    listed = set(re.findall(r'"(\w+)"', source))
    functions = _functions(server, "n.nspname = 'pg_catalog' AND p.provolatile = 'v'")
    assert len(functions) > 200
    assert set(_allowed(decide(functions))) <= listed
    builtin = {name for _, name, _ in _functions(server, "n.nspname = 'pg_catalog' AND p.provolatile = 'v' AND p.oid < 16384")}
    assert builtin <= listed, "review these, and put them on a list of function_classes.cpp"


def test_every_stable_function_has_been_reviewed(server):
    reviewed = set((Path(__file__).parent / "stable_functions.txt").read_text(encoding="utf-8").split())
    names = {name for _, name, _ in _functions(server, "n.nspname = 'pg_catalog' AND p.provolatile = 's' AND p.oid < 16384")}
    assert len(names) > 300
    if server.value("SHOW server_version_num", "shop").startswith("15"):
        assert names <= reviewed, "stable functions may read tables or run text: review these"


def test_functions_of_extensions_need_a_rule(server, decide):
    functions = _functions(server, "p.provolatile <> 'i' AND EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e')")
    assert len(functions) > 80
    assert _allowed(decide(functions)) == []


def test_security_definer_needs_a_rule(server, decide):
    functions = _functions(server, "p.prosecdef")
    assert ("public", "leak", 0) in functions and _allowed(decide(functions)) == []
