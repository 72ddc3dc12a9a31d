"""Logins with JSON Web Tokens in the password's place: real tokens by an issuer of ours, and the known attacks on them."""

import base64
import hashlib
import hmac
import json
import os
import subprocess
import time

import psycopg
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from harness.proxy import configuration, run_command, to_toml, user
from harness.wire import ServerError, tls_context

ISSUER, AUDIENCE = "https://id.example", "sql-proxy"
REFUSED = {"S": "FATAL", "C": "28P01", "M": 'JWT authentication failed for user "ann"'}


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value, size):
    return encoded(value.to_bytes(size, "big"))


class Issuer:
    """An identity provider's keys: one of P-256 called `now`, and one of RSA called `old`."""

    def __init__(self):
        self.elliptic = ec.generate_private_key(ec.SECP256R1())
        self.rsa = rsa.generate_private_key(65537, 2048)

    def key_set(self):
        point, modulus = self.elliptic.public_key().public_numbers(), self.rsa.public_key().public_numbers()
        return json.dumps({"keys": [
            {"kty": "EC", "crv": "P-256", "kid": "now", "use": "sig", "x": number(point.x, 32), "y": number(point.y, 32)},
            {"kty": "RSA", "kid": "old", "alg": "RS256", "e": "AQAB", "n": number(modulus.n, 256)}]})

    def rsa_pem(self):
        return self.rsa.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    def sign(self, algorithm, text):
        if algorithm == "RS256":
            return self.rsa.sign(text, padding.PKCS1v15(), hashes.SHA256())
        r, s = decode_dss_signature(self.elliptic.sign(text, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def token(self, *, header=None, sign=None, **claims):
        header = {"alg": "ES256", "kid": "now"} | (header or {})
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": now + 60, "sub": "ann"} | claims
        text = ".".join(encoded(json.dumps(part).encode()) for part in (header, claims)).encode()
        signature = (sign or (lambda data: self.sign(header["alg"], data)))(text)
        return text.decode() + "." + encoded(signature)


@pytest.fixture(scope="module")
def issuer():
    return Issuer()


@pytest.fixture(scope="module")
def key_file(issuer, tmp_path_factory):
    path = tmp_path_factory.mktemp("issuer") / "keys.json"
    path.write_text(issuer.key_set())
    return path


def jwt_config(postgres, certificates, key_file, **more):
    config = configuration(postgres, users=[user("ann"), user("bob"), user("own", "own-Password-1")])
    config["auth"] = {
        "method": "jwt", "jwt": {"issuer": ISSUER, "audience": AUDIENCE, "keys": key_file} | more}
    config["server"]["tls"] = {"mode": "prefer", "cert": certificates.path("server.crt"), "key": certificates.path("server.key")}
    return config


@pytest.fixture(scope="module")
def proxy(module_proxy, postgres, certificates, key_file):
    return module_proxy(jwt_config(postgres, certificates, key_file))


def log_in(proxy, token, name="ann", *, tls=True):
    with proxy.connect() as client:
        if tls:
            client.request_tls(tls_context())
        client.login(name, token, database="postgres")
        assert client.value("SELECT 1") == "1"


def refusal(proxy, token, name="ann", **options):
    with pytest.raises(ServerError) as caught:
        log_in(proxy, token, name, **options)
    return {k: caught.value.fields.get(k) for k in "SCM"}


def last_reason(proxy):
    """Why the log says the last token was refused."""
    return [line for line in proxy.stderr().splitlines() if "is refused: " in line][-1].split("is refused: ")[1]


def test_psql_and_psycopg_log_in(proxy, issuer):
    shell = subprocess.run(
        ["psql", f"host=127.0.0.1 port={proxy.port} user=ann dbname=postgres sslmode=require", "-X", "-A", "-t", "-c", "SELECT 6 * 7"],
        env=os.environ | {"PGPASSWORD": issuer.token()}, capture_output=True, text=True, timeout=30, check=False)
    assert (shell.returncode, shell.stdout) == (0, "42\n"), shell.stderr
    with psycopg.connect(host="127.0.0.1", port=proxy.port, user="ann", password=issuer.token(), dbname="postgres", sslmode="require") as client:
        assert client.execute("SELECT 1").fetchone() == (1,)


def test_each_key_serves(proxy, issuer):
    log_in(proxy, issuer.token(header={"alg": "RS256", "kid": "old"}))
    log_in(proxy, issuer.token(sub=["bob", "ann"], aud=["other", AUDIENCE]))
    assert proxy.wait_for_audit(kind="connect", user="ann")


def test_large_token(proxy, issuer):
    token = issuer.token(groups=["g" * 40] * 1000)
    assert 55_000 < len(token) < 65_000
    log_in(proxy, token)


def test_refused_without_encryption(proxy, issuer):
    fields = refusal(proxy, issuer.token(), tls=False)
    assert fields == {"S": "FATAL", "C": "28000", "M": "jwt authentication requires an encrypted connection"}


def attacks(issuer):
    """(what the log says, token) of what must not let in."""
    stranger = Issuer()
    now = int(time.time())
    claims = issuer.token().split(".")[1]
    unsigned = encoded(b'{"alg":"none"}') + "." + claims + "."

    def as_secret(text):
        return hmac.new(issuer.rsa_pem(), text, hashlib.sha256).digest()

    return [
        ("its signature does not fit", stranger.token()),
        ("its signature does not fit", issuer.token(sign=lambda _: bytes(64))),
        ("its algorithm is not a configured one", unsigned),
        ("its algorithm is not a configured one", issuer.token(header={"alg": "HS256", "kid": "old"}, sign=as_secret)),
        ("there is no key of its kid and algorithm", issuer.token(header={"kid": "old"})),
        ("there is no key of its kid and algorithm", issuer.token(header={"kid": "../../dev/null"})),
        ("it has another issuer", issuer.token(iss="https://evil.example")),
        ("it is meant for another audience", issuer.token(aud="payroll")),
        ("it has expired", issuer.token(iat=now - 7200, exp=now - 3600)),
        ("its nbf lies in the future", issuer.token(nbf=now + 3600)),
        ("its sub names another user", issuer.token(sub="bob")),
        ("its sub names another user", issuer.token(sub="ann\0")),
        ("its header has crit", issuer.token(header={"crit": ["exp"]})),
        ("it does not have three parts", "ann"),
        ("it is not base64url", issuer.token() + "="),
    ]


def test_attacks_fail_alike_and_the_log_says_why(proxy, issuer):
    for reason, token in attacks(issuer):
        assert refusal(proxy, token) == REFUSED, reason
        assert last_reason(proxy) == reason
        log_in(proxy, issuer.token())  # or the throttle makes each answer later than the one before
    # Neither tokens nor parts of them are in the log.
    assert not any(part in proxy.stderr() for _, token in attacks(issuer) for part in token.split(".")[:2] if len(part) > 20)
    failures = proxy.wait_for_audit(kind="auth_failure", user="ann", sqlstate="28P01")
    assert failures[-1]["error"] == REFUSED["M"]


def test_a_token_dies_with_its_expiry(proxy, start_proxy, postgres, certificates, key_file, issuer):
    """A replay: what let in a moment ago does so no more."""
    strict = start_proxy(jwt_config(postgres, certificates, key_file, leeway="0s"))
    token = issuer.token(exp=int(time.time()) + 2)
    log_in(strict, token)
    time.sleep(2.2)
    assert refusal(strict, token) == REFUSED
    log_in(proxy, token)  # within the leeway


def test_unknown_users_are_not_told_apart(proxy, issuer):
    log_in(proxy, issuer.token())
    refused = refusal(proxy, issuer.token(sub="stranger"), "stranger")
    assert refused == refusal(proxy, Issuer().token(sub="stranger"), "stranger")
    assert refused == REFUSED | {"M": REFUSED["M"].replace("ann", "stranger")}


def test_a_users_own_password_is_no_token(proxy):
    assert refusal(proxy, "own-Password-1", "own") == REFUSED | {"M": REFUSED["M"].replace("ann", "own")}


def test_empty_password(proxy):
    assert refusal(proxy, "") == {"S": "FATAL", "C": "28P01", "M": "empty password returned by client"}


def test_reload_changes_the_keys_as_a_whole_or_not_at_all(start_proxy, postgres, certificates, issuer, tmp_path):
    path = tmp_path / "keys.json"
    path.write_text(issuer.key_set())
    proxy = start_proxy(jwt_config(postgres, certificates, path))
    log_in(proxy, issuer.token())
    successor = Issuer()
    path.write_text('{"keys": [{"kty": "EC"}]}')
    assert proxy.reload_and_wait()["status"] == "error"
    assert "one of its keys" in proxy.stderr() or "no public key" in proxy.stderr()
    log_in(proxy, issuer.token())
    path.write_text(successor.key_set())
    assert proxy.reload_and_wait()["status"] == "ok"
    log_in(proxy, successor.token())
    assert refusal(proxy, issuer.token()) == REFUSED


def test_shared_secret(start_proxy, postgres, certificates, issuer):
    secret = "an-Issuer's-secret-of-32-bytes-or-more"
    config = jwt_config(postgres, certificates, "unused", secret={"env": "SP_TEST_JWT_SECRET"})
    del config["auth"]["jwt"]["keys"]
    proxy = start_proxy(config, environment={"SP_TEST_JWT_SECRET": secret})

    def signed_with(key):
        return issuer.token(header={"alg": "HS256"}, sign=lambda text: hmac.new(key, text, hashlib.sha256).digest())

    log_in(proxy, signed_with(secret.encode()))
    assert refusal(proxy, signed_with(secret.encode() + b"x")) == REFUSED


def test_rules_choose_the_method(start_proxy, postgres, certificates, key_file, issuer):
    config = jwt_config(postgres, certificates, key_file)
    config["auth"]["method"] = "scram-sha-256"
    config["auth"]["rules"] = [
        {"type": "hostssl", "users": ["ann"], "method": "jwt"}, {"type": "host", "users": ["own"], "method": "scram-sha-256"}]
    proxy = start_proxy(config)
    log_in(proxy, issuer.token())
    log_in(proxy, "own-Password-1", "own")
    assert refusal(proxy, issuer.token(), tls=False)["C"] == "28000"


def test_no_token_opens_a_passthrough_database(start_proxy, postgres, certificates, key_file, issuer):
    config = jwt_config(postgres, certificates, key_file)
    config["databases"]["*"] |= {"identity": "passthrough", "auth_dbname": "postgres"}
    proxy = start_proxy(config)
    assert refusal(proxy, issuer.token())["C"] == "28000"


def test_check_reads_the_keys(postgres, certificates, issuer, tmp_path):
    path = tmp_path / "keys.pem"
    config_path = tmp_path / "sql-proxy.toml"
    config_path.write_text(to_toml(jwt_config(postgres, certificates, path)))
    path.write_bytes(issuer.rsa_pem())
    checked = run_command("check", "-c", config_path)
    assert checked.returncode == 0, checked.stderr
    path.write_bytes(issuer.rsa.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    checked = run_command("check", "-c", config_path)
    line = config_path.read_text().splitlines().index('["auth"."jwt"]') + 1
    assert checked.returncode == 1
    assert f'{config_path}:{line}:1: could not use the keys in "{path}": it holds a private key' in checked.stderr
