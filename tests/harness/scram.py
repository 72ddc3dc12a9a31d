"""SCRAM-SHA-256 (RFC 5802, RFC 7677): the client's side of the exchange, and verifiers as PostgreSQL stores them."""

import base64
import hashlib
import hmac
import os


def _hmac(key, data):
    return hmac.new(key, data, hashlib.sha256).digest()


def make_verifier(password, *, iterations=4096, salt=None):
    """The text that PostgreSQL keeps in pg_authid for `password` (ASCII only: no SASLprep here)."""
    salt = salt or os.urandom(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, iterations)
    stored_key = hashlib.sha256(_hmac(salted, b"Client Key")).digest()
    server_key = _hmac(salted, b"Server Key")
    text = [base64.b64encode(part).decode() for part in (salt, stored_key, server_key)]
    return f"SCRAM-SHA-256${iterations}:{text[0]}${text[1]}:{text[2]}"


def md5_verifier(user, password):
    return "md5" + hashlib.md5((password + user).encode()).hexdigest()


def md5_response(user, password, salt):
    inner = hashlib.md5((password + user).encode()).hexdigest()
    return "md5" + hashlib.md5(inner.encode() + salt).hexdigest()


class ScramClient:
    """One exchange. `gs2_header` and `binding` are free, so that a test can lie about channel binding.

    `gs2_header`: "n,,", "y,," or "p=tls-server-end-point,,"; `binding`: the hash of the server's certificate for "p=".
    """

    def __init__(self, password, *, gs2_header="n,,", binding=b"", nonce=None):
        self._password = password.encode()
        self._gs2_header = gs2_header.encode()
        self._binding = binding
        self.nonce = nonce or base64.b64encode(os.urandom(18)).decode()
        self._first_bare = f"n=,r={self.nonce}".encode()
        self._salted = b""
        self._auth_message = b""
        self.salt = None
        self.iterations = None

    def first(self):
        return self._gs2_header + self._first_bare

    def final(self, server_first):
        attributes = dict(part.split("=", 1) for part in server_first.decode().split(","))
        assert attributes["r"].startswith(self.nonce) and len(attributes["r"]) > len(self.nonce)
        self.salt, self.iterations = base64.b64decode(attributes["s"]), int(attributes["i"])
        self._salted = hashlib.pbkdf2_hmac("sha256", self._password, self.salt, self.iterations)
        binding = base64.b64encode(self._gs2_header + self._binding)
        without_proof = b"c=" + binding + b",r=" + attributes["r"].encode()
        self._auth_message = self._first_bare + b"," + server_first + b"," + without_proof
        client_key = _hmac(self._salted, b"Client Key")
        signature = _hmac(hashlib.sha256(client_key).digest(), self._auth_message)
        proof = bytes(a ^ b for a, b in zip(client_key, signature))
        return without_proof + b",p=" + base64.b64encode(proof)

    def verify(self, server_final):
        """The server must prove that it knows the verifier."""
        expected = _hmac(_hmac(self._salted, b"Server Key"), self._auth_message)
        assert server_final == b"v=" + base64.b64encode(expected), "the server's signature is wrong"
