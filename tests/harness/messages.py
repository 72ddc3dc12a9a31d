"""The messages of the frontend/backend protocol, version 3: encoders for the frontend's, a decoder for the backend's.

Encoders return the complete message as bytes, so that a test can cut, corrupt or join them as it likes. The decoder turns
a backend message into a tuple of plain values that reads well in a failed comparison.
"""

import struct
from typing import NamedTuple

PROTOCOL_3_0 = 0x0003_0000
PROTOCOL_3_2 = 0x0003_0002
SSL_REQUEST_CODE = 80877103
GSSENC_REQUEST_CODE = 80877104
CANCEL_REQUEST_CODE = 80877102


class Message(NamedTuple):
    """One typed message: `type` is its letter, `body` what follows the length word."""

    type: str
    body: bytes

    def __repr__(self):
        return repr(decode(self))


# --- Frontend ---------------------------------------------------------------------------------------------------------


def frame(letter, body=b""):
    return letter.encode() + struct.pack("!I", len(body) + 4) + body


def untyped(body):
    """A message of the start-up phase: length word and body, no type byte."""
    return struct.pack("!I", len(body) + 4) + body


def cstring(text):
    return (text if isinstance(text, bytes) else text.encode()) + b"\0"


def startup(parameters, version=PROTOCOL_3_0):
    """`parameters` is a dict or a list of pairs (a list may repeat a name)."""
    pairs = parameters.items() if isinstance(parameters, dict) else parameters
    return untyped(struct.pack("!I", version) + b"".join(cstring(k) + cstring(v) for k, v in pairs) + b"\0")


def ssl_request():
    return untyped(struct.pack("!I", SSL_REQUEST_CODE))


def gssenc_request():
    return untyped(struct.pack("!I", GSSENC_REQUEST_CODE))


def cancel_request(pid, key):
    return untyped(struct.pack("!Ii", CANCEL_REQUEST_CODE, pid) + key)


def password(text):
    return frame("p", cstring(text))


def sasl_initial_response(mechanism, data):
    return frame("p", cstring(mechanism) + struct.pack("!i", len(data)) + data)


def sasl_response(data):
    return frame("p", data)


def query(sql):
    return frame("Q", cstring(sql))


def parse(sql, name="", oids=()):
    return frame("P", cstring(name) + cstring(sql) + struct.pack("!H", len(oids)) + b"".join(struct.pack("!I", o) for o in oids))


def _formats(codes):
    return struct.pack("!H", len(codes)) + b"".join(struct.pack("!h", c) for c in codes)


def _values(values):
    out = struct.pack("!H", len(values))
    for value in values:
        if value is None:
            out += struct.pack("!i", -1)
        else:
            data = value if isinstance(value, bytes) else str(value).encode()
            out += struct.pack("!i", len(data)) + data
    return out


def bind(values=(), portal="", statement="", formats=(), result_formats=()):
    """`values`: None, bytes (sent as they are) or anything whose str() is its text form."""
    return frame("B", cstring(portal) + cstring(statement) + _formats(formats) + _values(values) + _formats(result_formats))


def describe_statement(name=""):
    return frame("D", b"S" + cstring(name))


def describe_portal(name=""):
    return frame("D", b"P" + cstring(name))


def execute(portal="", max_rows=0):
    return frame("E", cstring(portal) + struct.pack("!i", max_rows))


def close_statement(name=""):
    return frame("C", b"S" + cstring(name))


def close_portal(name=""):
    return frame("C", b"P" + cstring(name))


def sync():
    return frame("S")


def flush():
    return frame("H")


def terminate():
    return frame("X")


def copy_data(data):
    return frame("d", data if isinstance(data, bytes) else data.encode())


def copy_done():
    return frame("c")


def copy_fail(reason):
    return frame("f", cstring(reason))


def function_call(oid, values=(), formats=(1,), result_format=1):
    return frame("F", struct.pack("!I", oid) + _formats(formats) + _values(values) + struct.pack("!h", result_format))


def extended(sql, values=(), *, describe=True, result_formats=()):
    """The unnamed round trip that most drivers send, with its Sync."""
    return b"".join([
        parse(sql),
        bind(values, result_formats=result_formats),
        describe_portal() if describe else b"",
        execute(),
        sync(),
    ])


# --- Backend ----------------------------------------------------------------------------------------------------------

AUTHENTICATION = {
    0: "Ok", 3: "CleartextPassword", 5: "MD5Password", 10: "SASL", 11: "SASLContinue", 12: "SASLFinal",
}


def error_fields(body):
    """The fields of an ErrorResponse or NoticeResponse as {letter: text}."""
    fields = {}
    for part in body.split(b"\0"):
        if part:
            fields[chr(part[0])] = part[1:].decode("utf-8", "replace")
    return fields


def data_row(body):
    (count,) = struct.unpack_from("!H", body)
    offset, values = 2, []
    for _ in range(count):
        (length,) = struct.unpack_from("!i", body, offset)
        offset += 4
        if length < 0:
            values.append(None)
        else:
            values.append(body[offset:offset + length])
            offset += length
    assert offset == len(body), "DataRow with bytes left over"
    return values


def row_description(body):
    (count,) = struct.unpack_from("!H", body)
    offset, columns = 2, []
    for _ in range(count):
        end = body.index(b"\0", offset)
        name = body[offset:end].decode("utf-8", "replace")
        columns.append((name, *struct.unpack_from("!IhIhih", body, end + 1)))
        offset = end + 1 + 18
    assert offset == len(body), "RowDescription with bytes left over"
    return columns


def negotiate_protocol_version(body):
    version, count = struct.unpack_from("!Ii", body)
    names = [name.decode() for name in body[8:].split(b"\0")[:-1]]
    assert len(names) == count
    return version, names


def _copy_response(body):
    overall, count = struct.unpack_from("!bH", body)
    return (overall, struct.unpack_from(f"!{count}h", body, 3))


def _authentication(body):
    (code,) = struct.unpack_from("!i", body)
    return (AUTHENTICATION.get(code, code), body[4:])


_DECODERS = {
    "R": ("Authentication", _authentication),
    "S": ("ParameterStatus", lambda b: tuple(p.decode() for p in b.split(b"\0")[:2])),
    "K": ("BackendKeyData", lambda b: (struct.unpack_from("!i", b)[0], b[4:])),
    "Z": ("ReadyForQuery", lambda b: (b.decode(),)),
    "T": ("RowDescription", lambda b: tuple(row_description(b))),
    "D": ("DataRow", lambda b: tuple(data_row(b))),
    "C": ("CommandComplete", lambda b: (b[:-1].decode(),)),
    "E": ("ErrorResponse", lambda b: (tuple(error_fields(b).items()),)),
    "N": ("NoticeResponse", lambda b: (tuple(error_fields(b).items()),)),
    "A": ("NotificationResponse", lambda b: (struct.unpack_from("!i", b)[0], *[p.decode() for p in b[4:].split(b"\0")[:2]])),
    "G": ("CopyInResponse", _copy_response),
    "H": ("CopyOutResponse", _copy_response),
    "W": ("CopyBothResponse", _copy_response),
    "d": ("CopyData", lambda b: (b,)),
    "c": ("CopyDone", lambda b: ()),
    "t": ("ParameterDescription", lambda b: struct.unpack_from(f"!{struct.unpack_from('!H', b)[0]}I", b, 2)),
    "V": ("FunctionCallResponse", lambda b: (None if b[:4] == b"\xff\xff\xff\xff" else b[4:],)),
    "v": ("NegotiateProtocolVersion", negotiate_protocol_version),
    "1": ("ParseComplete", lambda b: ()),
    "2": ("BindComplete", lambda b: ()),
    "3": ("CloseComplete", lambda b: ()),
    "I": ("EmptyQueryResponse", lambda b: ()),
    "n": ("NoData", lambda b: ()),
    "s": ("PortalSuspended", lambda b: ()),
}


def decode(message):
    """(message name, value...): what a person wants to read about a backend message."""
    name, decoder = _DECODERS.get(message.type, (f"Unknown {message.type!r}", lambda b: (b,)))
    try:
        return (name, *decoder(message.body))
    except (struct.error, ValueError, IndexError) as error:
        raise AssertionError(f"malformed {name}: {message.body!r}") from error
