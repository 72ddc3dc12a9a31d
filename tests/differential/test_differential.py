"""The cases that once showed a difference, and a fixed number of random ones."""

from pathlib import Path

import pytest

from differential import generator
from differential.case import Case, from_json
from differential.world import World, create_database, proxy_configuration

CASES = sorted((Path(__file__).parent / "cases").glob("*.json"))
# Random cases of a run; python3 -m tests.differential plays more.
SEEDS, BLOCK = 40, 10

# Differences that are known and stand in docs/limits.md: a Sync of which the proxy cannot know whether a COPY has read it.
KNOWN = {"copy-bad-row-then-sync", "copy-simple-bad-row-then-sync", "copy-two-in-one-query-one-end"}


@pytest.fixture(scope="module")
def play(module_proxy, postgres, pool_mode):
    """Plays a case; after a difference the next one gets a new proxy, in which nothing is left of it."""
    create_database(postgres)

    def start():
        return module_proxy(proxy_configuration(postgres, pool_mode))

    world = World(postgres, start(), pool_mode)

    def run(case):
        found = world.play(case)
        if found:
            world.replace_proxy(start())
        return found

    yield run
    world.close()


@pytest.mark.parametrize("path", CASES, ids=[path.stem for path in CASES])
def test_case(path, play, pool_mode):
    case = from_json(path.read_text())
    if pool_mode in case.modes:
        found = play(case)
        if path.stem in KNOWN:
            assert found, "this difference is gone: take it from the list, and from docs/limits.md"
            pytest.xfail("a listed difference")
        assert not found, f"{case.about}\n{found}"


@pytest.mark.parametrize("first", range(1, SEEDS + 1, BLOCK))
def test_random_cases(first, play):
    differences = []
    for seed in range(first, first + BLOCK):
        found = play(generator.make(seed))
        if found:
            differences.append(f"seed {seed}: {found}")
    assert not differences, "\n\n".join(differences)


def test_a_difference_is_seen(play):
    """Each play has a connection of its own, and the process behind it shows."""
    found = play(Case([[0, ["query", "SELECT pg_backend_pid()"]]]))
    assert "answer 1" in found and "DataRow" in found
