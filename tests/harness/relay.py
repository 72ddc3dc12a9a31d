"""A TCP relay to put between the proxy and its server: it can cut what the server says into small pieces, hold it back,
or break the connection, and it keeps what passed."""

import socket
import threading

from harness.postgres import free_port


class Relay:
    """Runs in threads of its own between enter and exit. `pieces_from_server`: bytes per write towards the proxy; None: as they come."""

    def __init__(self, target, *, pieces_from_server=None):
        self.host, self.port = "127.0.0.1", free_port()
        self.from_client = bytearray()
        self._target = target
        self._pieces = pieces_from_server
        self._open = threading.Event()
        self._open.set()
        self._pairs = []
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
        for pair in self._pairs:
            for sock in pair:
                try:
                    sock.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
                sock.close()
        self._pairs.clear()

    def connections(self):
        return len(self._pairs)

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(self._target)
            for sock in (client, server):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._pairs.append((client, server))
            threading.Thread(target=self._pump, args=(client, server, self._note), daemon=True).start()
            threading.Thread(target=self._pump, args=(server, client, None), daemon=True).start()

    def _note(self, data):
        self.from_client += data

    def _pump(self, source, sink, note):
        size = 65536 if note or not self._pieces else self._pieces
        try:
            while data := source.recv(size):
                if note:
                    note(data)
                else:
                    self._open.wait()
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass
