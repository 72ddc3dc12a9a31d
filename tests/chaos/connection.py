"""A client's connection whose every wait is bounded, and which knows what a connection may die of."""

import asyncio
import socket
import struct
from dataclasses import dataclass, field

from harness import messages, scram
from harness.proxy import CLIENT_PASSWORD, CLIENT_USER

# No operation may take longer, whatever is being broken meanwhile: the longest statement takes seconds, and so do a restart and pool_wait_timeout.
LIMIT = 40.0

# SQLSTATEs of a FATAL that tells of a server or a proxy that went away.
_GONE = {"08006", "08007", "57P01", "57P02", "57P03"}
_USER_CANCEL = "canceling statement due to user request"
_POOL_WAIT = "canceling statement due to pool wait timeout"


class Fault(AssertionError):
    """The proxy did what it must never do."""


class Lost(Exception):
    """The connection is gone, in a way in which connections may go."""


class Left(Lost):
    """The client itself went away in the middle of something."""


class Refused(Exception):
    """An ERROR for want of a server connection: nothing was done, and the session stays."""


@dataclass
class Answer:
    """What came up to one ReadyForQuery."""

    rows: list = field(default_factory=list)
    tags: list = field(default_factory=list)
    errors: list = field(default_factory=list)
    types: str = ""
    status: str = ""

    @property
    def sqlstates(self):
        return [error["C"] for error in self.errors]

    @property
    def cancelled(self):
        return any(error["C"] == "57014" and error["M"] == _USER_CANCEL for error in self.errors)


class Connection:
    """One client's connection. `cut` says that a relay may break it at any byte: then its end may come without a word."""

    def __init__(self, name, *, cut=False):
        self.name = name
        self.cut = cut
        self.key = None
        self.asked_to_cancel = False
        self._reader = self._writer = None
        self._sent = b""

    async def bounded(self, awaitable, what):
        try:
            return await asyncio.wait_for(awaitable, LIMIT)
        except TimeoutError:
            raise Fault(f"{self.name}: {what} takes more than {LIMIT:g} s") from None

    # Login ------------------------------------------------------------------------------------------------------------

    async def open(self, address, database, parameters=None):
        """Refused when there is no server connection to be had; Lost when what is in between broke."""
        await self.bounded(self._open(address, database, parameters or {}), "login")

    async def _open(self, address, database, parameters):
        try:
            self._reader, self._writer = await asyncio.open_connection(*address)
        except OSError as error:
            if self.cut:
                raise Lost(str(error)) from error
            raise Fault(f"{self.name}: the proxy takes no connection: {error}") from error
        self._writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await self._write(messages.startup({"user": CLIENT_USER, "database": database, **parameters}))
        exchange = scram.ScramClient(CLIENT_PASSWORD)
        while True:
            kind, body = await self._read()
            if kind == "R":
                code = struct.unpack_from("!i", body)[0]
                if code == 10:
                    await self._write(messages.sasl_initial_response("SCRAM-SHA-256", exchange.first()))
                elif code == 11:
                    await self._write(messages.sasl_response(exchange.final(body[4:])))
            elif kind == "K":
                self.key = struct.unpack_from("!i", body)[0], body[4:]
            elif kind == "E":
                await self._end(messages.error_fields(body), {"57014", "53300"})
            elif kind == "Z":
                return

    # Messages ---------------------------------------------------------------------------------------------------------

    async def _write(self, data):
        self._sent = data[:200]
        if self._writer.is_closing():
            return
        try:
            self._writer.write(data)
            await self._writer.drain()
        except OSError:
            pass  # what was said before it closed is still to be read

    async def send(self, *parts):
        await self.bounded(self._write(b"".join(parts)), "a write")

    async def _read(self):
        middle = False
        try:
            kind, length = struct.unpack("!cI", await self._reader.readexactly(5))
            middle = True
            return kind.decode("latin-1"), await self._reader.readexactly(length - 4)
        except asyncio.IncompleteReadError as error:
            # In the middle of a message there is no room for a last word.
            if not (middle or error.partial or self.cut):
                raise Fault(f"{self.name}: the connection was closed without a word; the last that it sent: {self._sent!r}") from None
            raise Lost("closed") from None
        except ConnectionError:
            # Whoever writes to a connection that was just closed may get a reset, and never the last word before it.
            raise Lost("reset") from None

    async def _end(self, fields, more=frozenset()):
        """After a FATAL: the SQLSTATE must be one of a lost server, and nothing may follow."""
        if fields["V"] != "FATAL" or fields["C"] not in _GONE | more:
            raise Fault(f"{self.name}: {fields}")
        try:
            rest = await self._reader.read(65536)
        except ConnectionError:
            rest = b""
        # A server process that is ending may be ended once more, with a warning.
        while rest[:1] == b"N":
            rest = rest[1 + int.from_bytes(rest[1:5], "big"):]
        if rest:
            raise Fault(f"{self.name}: after {fields} comes {rest[:200]!r}")
        raise Lost(fields["C"])

    async def _answer(self, until):
        answer = Answer()
        while True:
            kind, body = await self._read()
            answer.types += kind if kind != "D" or answer.types[-1:] != "D" else ""
            if kind == "D":
                answer.rows.append(messages.data_row(body))
            elif kind == "C":
                answer.tags.append(body[:-1].decode())
            elif kind == "E":
                fields = messages.error_fields(body)
                if fields["V"] == "FATAL":
                    await self._end(fields)
                answer.errors.append(fields)
            elif kind == "Z":
                answer.status = body.decode()
            if kind in until:
                return answer

    async def answer(self, until="Z"):
        """What comes up to that type of message. An error for want of a server connection is Refused."""
        answer = await self.bounded(self._answer(until), "an answer")
        for error in answer.errors:
            if error["M"] == _USER_CANCEL and not self.asked_to_cancel:
                raise Fault(f"{self.name}: somebody else's cancel request hit it: {error}")
            if error["M"] == _POOL_WAIT or error["C"] in ("57P03", "08006"):
                raise Refused(error["M"])
        return answer

    async def query(self, sql, **options):
        await self.send(messages.query(sql))
        return await self.answer(**options)

    # The end ----------------------------------------------------------------------------------------------------------

    async def leave(self, how):
        if self._writer is None or self._writer.is_closing():
            return
        if how == "terminate":
            await self._write(messages.terminate())
        elif how == "half a message":
            await self._write(messages.query("SELECT 'never complete'")[:9])
        elif how == "abort":
            sock = self._writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.close()
        try:
            await self.bounded(self._writer.wait_closed(), "the end")
        except OSError:
            pass


async def cancel(address, key):
    """Sends a CancelRequest; nothing is answered to it."""
    try:
        reader, writer = await asyncio.open_connection(*address)
        writer.write(messages.cancel_request(*key))
        await asyncio.wait_for(reader.read(), LIMIT)
        writer.close()
    except OSError:
        pass
