"""What needs to be alone with a database: the proxy's own connections do not stand in its way, other clients' do."""

import pytest

from harness import messages
from harness.proxy import configuration, database
from harness.wire import types


@pytest.fixture(scope="module")
def proxy(module_proxy, postgres, pool_mode):
    postgres.sql("ALTER ROLE service CREATEDB")
    return module_proxy(configuration(postgres, **{"*": database(postgres, pool_mode, min_pool_size=1)}))


def names(client):
    return {row[0] for row in client.rows("SELECT datname FROM pg_database WHERE datname LIKE 'ddl%'")}


@pytest.fixture
def admin(proxy):
    with proxy.login() as client:
        for name in names(client):
            client.query(f"DROP DATABASE {name} WITH (FORCE)")
        client.query("CREATE DATABASE ddl_one")
        yield client
        for name in names(client):
            client.query(f"DROP DATABASE {name} WITH (FORCE)")


def use(proxy, name):
    """A client that works in that database, and goes."""
    with proxy.login(database=name) as client:
        client.query("CREATE TABLE IF NOT EXISTS t (a int); BEGIN; INSERT INTO t VALUES (1); COMMIT")
        assert client.value("SELECT count(*) FROM t") == "1"


@pytest.mark.parametrize("sql, left", [
    ("DROP DATABASE ddl_one", set()),
    ("ALTER DATABASE ddl_one RENAME TO ddl_two", {"ddl_two"}),
    ("CREATE DATABASE ddl_two TEMPLATE ddl_one", {"ddl_one", "ddl_two"}),
    ("CREATE DATABASE ddl_two WITH OWNER service TEMPLATE = \"ddl_one\"", {"ddl_one", "ddl_two"}),
])
def test_behind_its_last_client(proxy, admin, sql, left):
    use(proxy, "ddl_one")
    admin.rows(sql)
    assert names(admin) == left


def test_by_the_extended_protocol(proxy, admin):
    use(proxy, "ddl_one")
    admin.send(messages.parse("DROP DATABASE ddl_one"), messages.bind(), messages.execute(), messages.sync())
    assert "E" not in types(admin.ready())
    assert names(admin) == set()


def test_the_name_can_be_used_again(proxy, admin):
    for _ in range(2):
        use(proxy, "ddl_one")
        admin.rows("DROP DATABASE ddl_one")
        admin.rows("CREATE DATABASE ddl_one")
    use(proxy, "ddl_one")


def test_who_works_there_keeps_it(proxy, admin):
    with proxy.login(database="ddl_one") as client:
        client.query("BEGIN")
        assert admin.error("DROP DATABASE ddl_one")["C"] == "55006"
        assert client.value("SELECT 'still here'") == "still here"
        client.query("COMMIT")
        assert client.value("SELECT 'and now'") == "and now"
