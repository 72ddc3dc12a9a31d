"""A raw protocol client: it sends any bytes in any pieces and shows every message that comes back.

It is deliberately dumb (no state machine, no retries), so that what a test sees is what was on the wire.
"""

import hashlib
import random
import socket
import ssl
import struct
import time
from dataclasses import dataclass, field

from harness import messages, scram
from harness.messages import Message

DEFAULT_TIMEOUT = 20.0


class ConnectionClosed(Exception):
    """The other side closed (or reset) the connection where a message was expected."""


class ServerError(Exception):
    """An ErrorResponse where success was expected; `fields` as in messages.error_fields."""

    def __init__(self, fields):
        super().__init__(fields)
        self.fields = fields
        self.sqlstate = fields.get("C")


# --- Chunkings: how a block of bytes is cut into writes ---------------------------------------------------------------


def whole(data):
    yield data


def byte_by_byte(data):
    for offset in range(len(data)):
        yield data[offset:offset + 1]


def random_pieces(seed):
    """Pieces of 1 to 40 bytes, the same for the same seed."""
    generator = random.Random(seed)

    def cut(data):
        offset = 0
        while offset < len(data):
            size = generator.randint(1, 40)
            yield data[offset:offset + size]
            offset += size

    return cut


def split_at(*offsets):
    def cut(data):
        edges = [0, *sorted(o for o in offsets if 0 < o < len(data)), len(data)]
        for begin, end in zip(edges, edges[1:]):
            yield data[begin:end]

    return cut


# --- TLS --------------------------------------------------------------------------------------------------------------


def tls_context(*, ca=None, certificate=None, alpn=("postgresql",), maximum=None):
    """A client's TLS settings. Without `ca` the server's certificate is not checked."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED if ca else ssl.CERT_NONE
    if ca:
        context.load_verify_locations(ca)
    if certificate:
        context.load_cert_chain(f"{certificate}.crt", f"{certificate}.key")
    if alpn:
        context.set_alpn_protocols(list(alpn))
    if maximum:
        context.maximum_version = maximum
        context.minimum_version = min(maximum, ssl.TLSVersion.TLSv1)
    return context


# --- The client -------------------------------------------------------------------------------------------------------


@dataclass
class Login:
    """What the server said between the startup packet and the first ReadyForQuery."""

    parameters: dict = field(default_factory=dict)
    pid: int = 0
    key: bytes = b""
    negotiated: list = field(default_factory=list)
    messages: list = field(default_factory=list)


class WireClient:
    """One connection. Not thread-safe. Every byte received is kept in `received` unless `record` is False."""

    def __init__(self, host, port, *, timeout=DEFAULT_TIMEOUT, chunking=whole, record=True, receive_buffer=None):
        family = socket.AF_UNIX if str(host).startswith("/") else socket.AF_INET
        self.sock = socket.socket(family, socket.SOCK_STREAM)
        if receive_buffer:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.sock.settimeout(timeout)
        if family == socket.AF_UNIX:
            self.sock.connect(f"{host}/.s.PGSQL.{port}")
        else:
            self.sock.connect((host, port))
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.chunking = chunking
        self.received = bytearray() if record else None
        self.login_info = Login()
        self._buffer = bytearray()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.sock.close()

    def abort(self):
        """Close with RST, as a crashed client's host would."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def terminate(self):
        self.send(messages.terminate())
        self.close()

    # Bytes ------------------------------------------------------------------------------------------------------------

    def send(self, *parts):
        data = b"".join(parts)
        for piece in self.chunking(data):
            self.sock.sendall(piece)

    def read_bytes(self, count):
        while len(self._buffer) < count:
            self._fill()
        data = bytes(self._buffer[:count])
        del self._buffer[:count]
        return data

    def read_to_end(self):
        """Everything until the other side closes (a reset counts as closed)."""
        try:
            while True:
                self._fill()
        except ConnectionClosed:
            data = bytes(self._buffer)
            self._buffer.clear()
            return data

    def _fill(self):
        try:
            data = self.sock.recv(65536)
        except (ConnectionResetError, BrokenPipeError, ssl.SSLError) as error:
            raise ConnectionClosed(str(error)) from error
        if not data:
            raise ConnectionClosed("end of stream")
        self._buffer += data
        if self.received is not None:
            self.received += data

    def has_input(self, seconds):
        """Whether anything arrives within `seconds`; for the rare test that must see silence."""
        if self._buffer:
            return True
        previous = self.sock.gettimeout()
        self.sock.settimeout(seconds)
        try:
            self._fill()
            return True
        except (TimeoutError, ssl.SSLWantReadError):
            return False
        finally:
            self.sock.settimeout(previous)

    # Messages ---------------------------------------------------------------------------------------------------------

    def read_message(self):
        letter, length = struct.unpack("!cI", self.read_bytes(5))
        assert length >= 4, f"message {letter!r} with length {length}"
        return Message(letter.decode("latin-1"), self.read_bytes(length - 4))

    def read_until(self, *types):
        """Messages up to and including the first whose type is in `types`."""
        result = []
        while True:
            try:
                message = self.read_message()
            except (ConnectionClosed, TimeoutError) as error:
                raise type(error)(f"{error}; waited for {types}, had {result[-20:]}") from error
            result.append(message)
            if message.type in types:
                return result

    def read_messages_to_end(self):
        """Messages until the other side closes."""
        result = []
        try:
            while True:
                result.append(self.read_message())
        except ConnectionClosed:
            assert not self._buffer, f"closed in the middle of a message: {bytes(self._buffer)!r}"
            return result

    def ready(self, count=1):
        """Messages up to and including the `count`-th ReadyForQuery."""
        result = []
        for _ in range(count):
            result += self.read_until("Z")
        return result

    def fatal(self):
        """Expects FATAL ErrorResponse(s) and the end of the connection; gives the fields of the one error."""
        rest = self.read_messages_to_end()
        errors = [messages.error_fields(m.body) for m in rest if m.type == "E"]
        assert len(errors) == 1, f"one FATAL expected, got {rest}"
        assert errors[0]["S"] == "FATAL" and errors[0]["V"] == "FATAL", errors[0]
        assert rest[-1].type == "E", f"messages after FATAL: {rest}"
        return errors[0]

    # Conversations ----------------------------------------------------------------------------------------------------

    def request_tls(self, context, *, server_hostname=None):
        """SSLRequest, then the handshake. Fails if the server says anything but S."""
        self.send(messages.ssl_request())
        answer = self.read_bytes(1)
        assert answer == b"S", f"SSLRequest answered {answer!r}"
        self.start_tls(context, server_hostname=server_hostname)

    def start_tls(self, context, *, server_hostname=None):
        """The handshake at once: after an S, or as direct TLS."""
        assert not self._buffer, f"unencrypted bytes before the handshake: {bytes(self._buffer)!r}"
        self.sock = context.wrap_socket(self.sock, server_hostname=server_hostname)

    def certificate_hash(self, digest="sha256"):
        return hashlib.new(digest, self.sock.getpeercert(True)).digest()

    def login(self, user, password=None, *, database=None, parameters=None, version=messages.PROTOCOL_3_0, **scram_options):
        """Sends the startup packet and goes on to the first ReadyForQuery; ServerError when refused.

        `scram_options`: mechanism, gs2_header, binding: see authenticate().
        """
        pairs = {"user": user}
        if database is not None:
            pairs["database"] = database
        pairs.update(parameters or {})
        self.send(messages.startup(pairs, version))
        self.authenticate(user, password, **scram_options)
        return self.finish_login()

    def authenticate(self, user, password, *, mechanism="SCRAM-SHA-256", gs2_header="n,,", binding=b"", stop_after="Ok"):
        """Answers whatever method is asked for, up to AuthenticationOk (or the request named by `stop_after`)."""
        exchange = None
        while True:
            message = self._next_login_message()
            if message.type == "v":
                self.login_info.negotiated.append(messages.negotiate_protocol_version(message.body))
                continue
            name, data = messages.decode(message)[1:]
            if name == "Ok":
                return
            if name == "CleartextPassword":
                self.send(messages.password(password))
            elif name == "MD5Password":
                self.send(messages.password(scram.md5_response(user, password, data)))
            elif name == "SASL":
                offered = data.decode().split("\0")[:-2]
                assert mechanism in offered, f"{mechanism} is not offered: {offered}"
                exchange = scram.ScramClient(password, gs2_header=gs2_header, binding=binding)
                self.send(messages.sasl_initial_response(mechanism, exchange.first()))
            elif name == "SASLContinue":
                self.send(messages.sasl_response(exchange.final(data)))
            elif name == "SASLFinal":
                exchange.verify(data)
            else:
                raise AssertionError(f"unexpected authentication request {name}")
            if name == stop_after:
                return

    def finish_login(self):
        while True:
            message = self._next_login_message()
            if message.type == "S":
                name, value = messages.decode(message)[1:]
                self.login_info.parameters[name] = value
            elif message.type == "K":
                self.login_info.pid, self.login_info.key = messages.decode(message)[1:]
            elif message.type == "Z":
                return self.login_info

    def _next_login_message(self):
        message = self.read_message()
        self.login_info.messages.append(message)
        if message.type == "E":
            raise ServerError(messages.error_fields(message.body))
        return message

    def query(self, sql):
        """A simple Query; its messages up to ReadyForQuery."""
        self.send(messages.query(sql))
        return self.ready()

    def rows(self, sql):
        """Rows of the Query as lists of text; ServerError if it fails."""
        result = self.query(sql)
        for message in result:
            if message.type == "E":
                raise ServerError(messages.error_fields(message.body))
        return [[None if v is None else v.decode() for v in messages.data_row(m.body)] for m in result if m.type == "D"]

    def value(self, sql):
        return self.rows(sql)[0][0]

    def error(self, sql):
        """The fields of the one error that the Query must end in."""
        return only_error(self.query(sql))


def only_error(received):
    """The fields of the one ErrorResponse among the messages."""
    errors = [messages.error_fields(m.body) for m in received if m.type == "E"]
    assert len(errors) == 1, f"one error expected: {received}"
    return errors[0]


def types(received):
    """The types of the messages as one string, e.g. "TDCZ"."""
    return "".join(m.type for m in received)


def wait_for(condition, *, seconds=10.0, what="the condition"):
    """Polls until `condition()` is true and gives its value."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"{what} did not come true within {seconds} s"
        time.sleep(0.01)
