"""What a client costs that has logged in, asked once and waits."""

from pathlib import Path

import pytest

from harness.proxy import SANITIZED, configuration, database

# In session pooling each has a server process.
CLIENTS = {"transaction": 300, "session": 100}
WARM_UP = 30
# About what it takes; half of it was once enough for ParameterStatus, routes and empty queues of each client's own.
MOST_KIB = {"transaction": 11, "session": 15}


def _resident(proxy):
    for line in Path(f"/proc/{proxy.process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise AssertionError("no VmRSS")


@pytest.mark.skipif(SANITIZED, reason="a sanitizer's build has its own idea of memory")
def test_an_idle_client_takes_little_memory(start_proxy, postgres, pool_mode):
    count = CLIENTS[pool_mode]
    config = configuration(postgres, **{"*": database(postgres, pool_mode, pool_size=count + WARM_UP if pool_mode == "session" else 5)})
    config["server"]["threads"] = 1
    proxy = start_proxy(config)
    clients = []

    def more(number):
        for _ in range(number):
            client = proxy.login()
            clients.append(client)
            assert client.value("SELECT 1") == "1"

    # What is there once for all of them, and a heap that is in use.
    more(WARM_UP)
    before = _resident(proxy)
    more(count)
    each = (_resident(proxy) - before) / count
    for client in clients:
        client.close()
    assert each <= MOST_KIB[pool_mode], f"{each:.1f} KiB for each client"
