"""Whether a PostgreSQL server process has read all that it was sent and has nothing more to say.

No model of the protocol could tell that for every sequence of messages (who answers a Sync inside of a COPY that may have
failed?), so the server itself is asked: its socket's receive queue is empty, and then it waits for its client again.
"""

import fcntl
import select
import socket
import struct
import time

from harness.wire import ConnectionClosed, wait_for

_SIOCOUTQ = 0x5411
_NETLINK_SOCK_DIAG = 4
_SOCK_DIAG_BY_FAMILY = 20
_NO_COOKIE = b"\xff" * 8
_SECONDS = 10.0


class Unsettled(Exception):
    """The server waits for something else than its client, a lock for example: such a case compares nothing."""


class QueueProbe:
    """Reads the receive queue of the server's end of a connection from the kernel, by its two ports on 127.0.0.1."""

    def __init__(self):
        self._netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_SOCK_DIAG)
        self._netlink.settimeout(_SECONDS)

    def close(self):
        self._netlink.close()

    def unread(self, server_port, client_port):
        """Bytes that the server has not read yet; None when its end is closed."""
        loopback = socket.inet_aton("127.0.0.1") + b"\0" * 12
        request = struct.pack("=BBBBI", socket.AF_INET, socket.IPPROTO_TCP, 0, 0, 0xFFF)
        request += struct.pack("!HH", server_port, client_port) + loopback + loopback + struct.pack("=I", 0) + _NO_COOKIE
        self._netlink.send(struct.pack("=IHHII", 16 + len(request), _SOCK_DIAG_BY_FAMILY, 1, 0, 0) + request)
        answer = self._netlink.recv(65536)
        if struct.unpack_from("=IH", answer)[1] != _SOCK_DIAG_BY_FAMILY:
            return None
        # struct inet_diag_msg: 4 bytes, the socket's 48, the timer's 4, then the receive queue.
        return struct.unpack_from("=I", answer, 16 + 56)[0]


class Settler:
    """Waits until a server process is quiet; `observer` is a connection of a superuser."""

    def __init__(self, observer):
        self._observer = observer
        self._probe = QueueProbe()

    def close(self):
        self._probe.close()

    def settle(self, client, pid):
        """Reads what the server says until it is quiet. False when it has closed the connection."""
        deadline = time.monotonic() + _SECONDS
        server_port = client.sock.getpeername()[1]
        client_port = client.sock.getsockname()[1]
        pause = 0.0
        while True:
            if not _drain(client):
                return False
            if _unsent(client.sock) == 0 and self._probe.unread(server_port, client_port) == 0 and self._waits_for_client(pid):
                # What it said before it began to wait is in our receive queue by now.
                return _drain(client)
            if time.monotonic() > deadline:
                raise Unsettled(f"process {pid}: {self._state(pid)}")
            time.sleep(pause)
            pause = min(pause + 0.0002, 0.01)

    def wait_gone(self, pid):
        """Waits for the end of a server process, and with it of its locks."""
        wait_for(lambda: self._state(pid) == [], what=f"the end of process {pid}")

    def _waits_for_client(self, pid):
        return self._state(pid) == [["ClientRead"]]

    def _state(self, pid):
        return self._observer.rows(f"SELECT wait_event FROM pg_stat_get_activity({pid})")


def _unsent(sock):
    return struct.unpack("i", fcntl.ioctl(sock, _SIOCOUTQ, b"\0" * 4))[0]


def _drain(client):
    """Takes in what has arrived, without waiting. False at the end of the stream."""
    while select.select([client.sock], [], [], 0)[0]:
        try:
            client.fill()
        except ConnectionClosed:
            return False
    return True
