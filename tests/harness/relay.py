"""A TCP relay to put between the proxy and its server, or between a client and the proxy: it can cut what the target says
into small pieces, hold it back, or break connections at any byte, and it keeps what passed."""

import socket
import threading

from harness.postgres import free_port


class _Purse:
    """How many bytes a connection may still carry, and how many of its directions have ended."""

    def __init__(self, left):
        self._left = left
        self._lock = threading.Lock()
        self.ended = 0

    def take(self, wanted):
        with self._lock:
            if self._left is None:
                return wanted
            taken = min(wanted, self._left)
            self._left -= taken
            return taken

    def empty(self):
        return self._left == 0


class Relay:
    """Runs in threads of its own between enter and exit. `pieces_from_server`: bytes per write towards the proxy; None: as they come.

    `budget` is asked for each new connection how many bytes may pass in both directions together before it is broken; None: any number.
    `record` says whether `from_client` keeps what came from the clients.
    """

    def __init__(self, target, *, pieces_from_server=None, budget=None, record=True):
        self.host, self.port = "127.0.0.1", free_port()
        self.from_client = bytearray()
        self._target = target
        self._pieces = pieces_from_server
        self._budget = budget or (lambda: None)
        self._record = record
        self._open = threading.Event()
        self._open.set()
        self._pairs = []
        self._lock = threading.Lock()
        self._listener = socket.create_server((self.host, self.port))

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._listener.close()
        self.break_connections()

    def hold(self):
        """From now on nothing that the server says gets through, until release()."""
        self._open.clear()

    def release(self):
        self._open.set()

    def break_connections(self):
        """Closes every connection, as a crash of the server's host would look."""
        for pair in list(self._pairs):
            self._break(pair)

    def connections(self):
        return len(self._pairs)

    def _break(self, pair):
        with self._lock:
            if pair not in self._pairs:
                return
            self._pairs.remove(pair)
        for sock in pair:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            sock.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(self._target)
            except OSError:
                client.close()
                continue
            for sock in (client, server):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            pair, purse = (client, server), _Purse(self._budget())
            with self._lock:
                self._pairs.append(pair)
            for source, sink in (pair, pair[::-1]):
                threading.Thread(target=self._pump, args=(source, sink, pair, purse), daemon=True).start()

    def _pump(self, source, sink, pair, purse):
        from_client = source is pair[0]
        size = 65536 if from_client or not self._pieces else self._pieces
        try:
            while data := source.recv(size):
                if not from_client:
                    self._open.wait()
                elif self._record:
                    self.from_client += data
                allowed = purse.take(len(data))
                sink.sendall(data[:allowed])
                if allowed < len(data):
                    break
            else:
                sink.shutdown(socket.SHUT_WR)
                purse.ended += 1
        except OSError:
            self._break(pair)
            return
        # Broken when the bytes are used up, and closed when both directions have ended.
        if purse.empty() or purse.ended == 2:
            self._break(pair)
