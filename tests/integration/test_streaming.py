"""Large messages and long streams pass with bounded memory, and a slow side holds up only the other."""

import hashlib
import struct
import threading
import time

import pytest

from harness import messages
from harness.proxy import SANITIZED, configuration
from harness.wire import types, wait_for

MEGABYTE = 1 << 20
ROW = 100 * MEGABYTE
# What a session may hold of a stream, with room for the allocator. Sanitizers keep freed memory: no bound is told there.
ALLOWANCE = 24 * MEGABYTE


@pytest.fixture
def proxy(transparent_proxy):
    return transparent_proxy


@pytest.fixture
def bounded_memory(start_proxy, postgres, pool_mode):
    """A fresh proxy (its peak is that of this test), checked at the end."""
    proxy = start_proxy(configuration(postgres, pool_mode=pool_mode))
    with proxy.login() as client:
        client.value("SELECT 1")
    before = proxy.memory_peak()
    yield proxy
    grown = proxy.memory_peak() - before
    print(f"peak memory grew by {grown / MEGABYTE:.1f} MiB from {before / MEGABYTE:.1f} MiB")
    assert SANITIZED or grown < ALLOWANCE


class Stream:
    """Reads a connection's messages without keeping them: sizes by type, and a digest of the bodies."""

    def __init__(self, client):
        self._sock = client.sock
        self.sizes = {}
        self.counts = {}
        self.digest = hashlib.md5()

    def read_until(self, letter):
        while True:
            kind, length = struct.unpack("!cI", self._exactly(5))
            kind = kind.decode()
            left = length - 4
            self.counts[kind] = self.counts.get(kind, 0) + 1
            self.sizes[kind] = self.sizes.get(kind, 0) + left
            while left:
                data = self._sock.recv(min(left, 1 << 18))
                assert data, "closed in the middle of a message"
                left -= len(data)
                if kind in "Dd":
                    self.digest.update(data)
            if kind == letter:
                return

    def _exactly(self, count):
        data = b""
        while len(data) < count:
            piece = self._sock.recv(count - len(data))
            assert piece, "closed"
            data += piece
        return data


def test_a_row_of_100_megabytes(bounded_memory):
    with bounded_memory.login(record=False, timeout=60) as client:
        client.send(messages.query(f"SELECT repeat('0123456789abcdef', {ROW // 16})"))
        stream = Stream(client)
        stream.read_until("Z")
        assert stream.sizes["D"] == ROW + 6
        assert stream.counts == {"T": 1, "D": 1, "C": 1, "Z": 1}


def test_a_parameter_of_100_megabytes(bounded_memory):
    value = b"0123456789abcdef" * (ROW // 16)
    with bounded_memory.login(timeout=60) as client:
        client.send(messages.extended("SELECT length($1), md5($1)", [value]))
        received = client.ready()
        assert types(received) == "12TDCZ"
        assert messages.data_row(received[3].body) == [str(ROW).encode(), hashlib.md5(value).hexdigest().encode()]


def test_copy_out_to_a_slow_reader(bounded_memory, postgres):
    """The reader stops for a while: the server is held up, the proxy does not fill with what nobody takes."""
    rows = 150_000
    with bounded_memory.login(record=False, timeout=60) as client:
        client.send(messages.query(f"COPY (SELECT i, repeat('y', 1000) FROM generate_series(1, {rows}) i) TO STDOUT"))
        wait_for(lambda: postgres.value(f"SELECT count(*) FROM pg_stat_activity WHERE pid = {client.login_info.pid} AND wait_event = 'ClientWrite'") == "1",
                 what="the server waiting for its reader")
        with bounded_memory.login() as other:
            assert other.value("SELECT 'not held up'") == "not held up"
        stream = Stream(client)
        stream.read_until("Z")
        assert stream.counts["d"] == rows


def test_rows_to_a_slow_reader(bounded_memory, postgres):
    rows = 300_000
    with bounded_memory.login(record=False, timeout=60) as client:
        client.send(messages.query(f"SELECT i, repeat('z', 500) FROM generate_series(1, {rows}) i"))
        wait_for(lambda: postgres.value(f"SELECT count(*) FROM pg_stat_activity WHERE pid = {client.login_info.pid} AND wait_event = 'ClientWrite'") == "1",
                 what="the server waiting for its reader")
        stream = Stream(client)
        stream.read_until("Z")
        assert stream.counts["D"] == rows


def test_copy_in_to_a_slow_server(bounded_memory, postgres):
    """The server does not read (the table's trigger waits for a lock): the client is held up, the proxy does not fill."""
    postgres.sql("""DROP TABLE IF EXISTS slow_copy; CREATE TABLE slow_copy (line text); DROP TABLE IF EXISTS slow_lock; CREATE TABLE slow_lock (a int);
        CREATE OR REPLACE FUNCTION slow_wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM 1 FROM slow_lock; RETURN NEW; END $$;
        CREATE TRIGGER slow BEFORE INSERT ON slow_copy FOR EACH ROW EXECUTE FUNCTION slow_wait()""")
    total = 80
    block = (b"l" * 1023 + b"\n") * 1024
    with postgres.admin() as locker, bounded_memory.login(timeout=60) as client:
        locker.query("BEGIN; LOCK TABLE slow_lock IN ACCESS EXCLUSIVE MODE")
        client.send(messages.query("COPY slow_copy FROM STDIN"))
        client.read_until("G")
        sent = []

        def write():
            for _ in range(total):
                client.sock.sendall(messages.copy_data(block))
                sent.append(len(block))
            client.sock.sendall(messages.copy_done())

        writer = threading.Thread(target=write)
        writer.start()
        _settled(lambda: len(sent))
        assert len(sent) < total, "all was taken though the server took nothing"
        locker.query("COMMIT")
        assert types(client.ready()) == "CZ"
        writer.join()
    assert postgres.value("SELECT count(*) FROM slow_copy") == str(total * 1024)


def _settled(measure):
    """Waits until the value has not changed for a second."""
    last, since = measure(), time.monotonic()
    while time.monotonic() - since < 1:
        time.sleep(0.02)
        if measure() != last:
            last, since = measure(), time.monotonic()
    return last


def test_copy_both_ways(bounded_memory, postgres):
    """The same 60 MB in and out again, as they were."""
    postgres.sql("DROP TABLE IF EXISTS copied; CREATE TABLE copied (n int, line text)")
    with bounded_memory.login(record=False, timeout=60) as client:
        client.send(messages.query("COPY copied FROM STDIN"))
        client.read_until("G")
        sent = hashlib.md5()
        for start in range(0, 60_000, 1000):
            data = b"".join(b"%d\t%s\n" % (n, b"w" * 1000) for n in range(start, start + 1000))
            sent.update(data)
            client.send(messages.copy_data(data))
        client.send(messages.copy_done())
        assert types(client.ready()) == "CZ"
        client.send(messages.query("COPY (SELECT * FROM copied ORDER BY n) TO STDOUT"))
        stream = Stream(client)
        stream.read_until("Z")
        assert stream.digest.hexdigest() == sent.hexdigest()


def test_a_pipeline_longer_than_any_buffer(bounded_memory):
    """The client writes and reads at once, far more than the buffers between hold."""
    count = 20_000
    with bounded_memory.login(record=False, timeout=60) as client:
        one = messages.parse("SELECT repeat('q', $1::int)") + messages.bind([2000]) + messages.execute()

        def write():
            for _ in range(count // 100):
                client.sock.sendall(one * 100)
            client.sock.sendall(messages.sync())

        writer = threading.Thread(target=write)
        writer.start()
        stream = Stream(client)
        stream.read_until("Z")
        writer.join()
        assert stream.counts == {"1": count, "2": count, "D": count, "C": count, "Z": 1}


def test_simple_queries_pipelined_far_ahead(bounded_memory):
    count = 20_000
    with bounded_memory.login(record=False, timeout=60) as client:
        def write():
            for start in range(0, count, 100):
                client.sock.sendall(b"".join(messages.query(f"SELECT {n}, repeat('s', 300)") for n in range(start, start + 100)))

        writer = threading.Thread(target=write)
        writer.start()
        stream = Stream(client)
        for _ in range(count):
            stream.read_until("Z")
        writer.join()
        assert stream.counts["D"] == count and "E" not in stream.counts


def test_a_writer_that_does_not_read_is_held_up_without_filling_the_proxy(bounded_memory):
    """Legal, and directly on PostgreSQL it stalls as well: here it may stall, but not eat memory or others' time."""
    with bounded_memory.login(record=False, timeout=3) as client:
        one = messages.query("SELECT repeat('s', 100000)")
        with pytest.raises(TimeoutError):
            for _ in range(200_000):
                client.sock.sendall(one * 50)
        with bounded_memory.login() as other:
            assert other.value("SELECT 1") == "1"


def test_a_client_that_leaves_a_long_pipeline_is_noticed(start_proxy, postgres, pool_mode):
    """As by PostgreSQL itself, which ends when its answers reach nobody: what is left of the pipeline is not executed."""
    proxy = start_proxy(configuration(postgres, pool_mode=pool_mode))
    with proxy.login(record=False, timeout=3) as client:
        one = messages.query("SELECT repeat('left behind', 10000)")
        with pytest.raises(TimeoutError):
            for _ in range(200_000):
                client.sock.sendall(one * 50)
    wait_for(lambda: postgres.value("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%left behind%' AND state = 'active' AND pid <> pg_backend_pid()") == "0",
             seconds=5, what="the end of the pipeline whose client is gone")
    proxy.wait_for_audit(kind="disconnect")


def test_notices_in_a_stream(proxy, postgres):
    with proxy.login(record=False) as client:
        client.send(messages.query("DO $$ BEGIN FOR i IN 1..20000 LOOP RAISE NOTICE 'notice %', i; END LOOP; END $$"))
        stream = Stream(client)
        stream.read_until("Z")
        assert stream.counts == {"N": 20_000, "C": 1, "Z": 1}


def test_notifications_reach_an_idle_client(proxy):
    with proxy.login() as listener, proxy.login() as speaker:
        listener.query("LISTEN streaming")
        for number in range(100):
            speaker.query(f"NOTIFY streaming, 'message {number}'")
        heard = [listener.read_message() for _ in range(100)]
        assert [messages.decode(m)[1:] for m in heard] == [(speaker.login_info.pid, "streaming", f"message {n}") for n in range(100)]
        assert listener.value("SELECT 1") == "1"
