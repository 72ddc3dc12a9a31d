"""Every transcript, directly and through the proxy: the same messages, the same state of the database afterwards.

Through the proxy each is played in several chunkings of the client's bytes, and once with the server's bytes arriving one at a time.
"""

import pytest

import transcripts
from harness.proxy import CLIENT_PASSWORD, CLIENT_USER, SERVICE_PASSWORD, SERVICE_USER, configuration, database
from harness.relay import Relay
from harness.transcript import alike
from harness.wire import byte_by_byte, random_pieces, whole
from replay import play

SCRIPTS = transcripts.load_all()
# Too many bytes to be sent (or, from the server, relayed) one at a time in a test.
BULKY = {"simple-many-rows", "simple-long-text-around-buffers", "simple-long-text", "simple-wide-row", "extended-large-parameter", "copy-out-large-rows",
         "large-object-by-function-call", "copy-in-bad-row-at-once", "copy-in-extended-bad-row", "simple-many-columns", "extended-many-parameters"}
CHUNKINGS = {"whole": whole, "bytes": byte_by_byte, "random-1": random_pieces(1), "random-2": random_pieces(2)}


@pytest.fixture(scope="module")
def prepared(postgres):
    """Runs the fixture's SQL, then gives a function that tells the database's state."""
    def prepare():
        postgres.sql(transcripts.FIXTURE)
        return lambda: postgres.sql(transcripts.FINAL_STATE)
    return prepare


@pytest.fixture(scope="module")
def recorded(postgres, prepared):
    """What a script gives directly: played once, and kept for all chunkings."""
    cache = {}

    def record(script):
        if script.name not in cache:
            state = prepared()
            lines = play(script, (postgres.host, postgres.port), SERVICE_USER, SERVICE_PASSWORD)
            cache[script.name] = (lines, state())
        return cache[script.name]

    return record


@pytest.fixture(scope="module")
def dripping_proxy(module_proxy, postgres, pool_mode):
    """A proxy that gets the server's bytes in pieces of one to three."""
    with Relay((postgres.host, postgres.port), pieces_from_server=3) as relay:
        entry = database(postgres, pool_mode) | {"host": relay.host, "port": relay.port}
        yield module_proxy(configuration(postgres, **{"*": entry}))


@pytest.fixture
def address(request):
    """Where the transcripts are played: the proxy, or with --target=postgres the server again (do they repeat at all?)."""
    if request.config.getoption("--target") == "postgres":
        server = request.getfixturevalue("postgres")
        return (server.host, server.port), SERVICE_USER, SERVICE_PASSWORD
    proxy = request.getfixturevalue("transparent_proxy")
    return (proxy.host, proxy.port), CLIENT_USER, CLIENT_PASSWORD


# With the reason. The first: PostgreSQL refuses a plan of before the change for as long as the client keeps its name; behind
# the proxy the client's next use of the name finds it as a fresh session would prepare it.
DIFFERENT_IN_TRANSACTION_POOLING = {"extended-cached-plan-changes"}


def skip_if_different(script, pool_mode):
    if pool_mode == "transaction" and script.name in DIFFERENT_IN_TRANSACTION_POOLING:
        pytest.skip("a listed difference of transaction pooling")


@pytest.mark.parametrize("chunking", CHUNKINGS)
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda s: s.name)
def test_same_as_direct(script, chunking, address, prepared, recorded, pool_mode):
    skip_if_different(script, pool_mode)
    if chunking == "bytes" and script.name in BULKY:
        chunking = "random-1"
    expected, expected_state = recorded(script)
    state = prepared()
    lines = play(script, *address, chunking=CHUNKINGS[chunking])
    assert lines == alike(expected, lines)
    assert state() == expected_state


@pytest.mark.parametrize("script", [s for s in SCRIPTS if s.name not in BULKY], ids=lambda s: s.name)
def test_same_with_the_servers_bytes_dripping(script, dripping_proxy, prepared, recorded, pool_mode):
    skip_if_different(script, pool_mode)
    expected, expected_state = recorded(script)
    state = prepared()
    lines = play(script, (dripping_proxy.host, dripping_proxy.port), CLIENT_USER, CLIENT_PASSWORD)
    assert lines == alike(expected, lines)
    assert state() == expected_state
