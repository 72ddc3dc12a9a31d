"""How clients prove who they are: every method, what is refused, and what the refusal gives away."""

import ssl

import pytest

from harness import messages, scram
from harness.proxy import SERVICE_PASSWORD, SERVICE_USER, configuration, user
from harness.wire import ConnectionClosed, ServerError, WireClient, tls_context, types

PASSWORD = "correct-Horse-1"
USERS = [
    user("plain", PASSWORD),
    user("hashed", verifier=scram.make_verifier(PASSWORD)),
    user("more_rounds", verifier=scram.make_verifier(PASSWORD, iterations=10000)),
    user("md5_plain", PASSWORD),
    user("md5_hashed", verifier=scram.md5_verifier("md5_hashed", PASSWORD)),
    user("clear", PASSWORD),
    user("clear_hashed", verifier=scram.make_verifier(PASSWORD)),
    user("certificate_user"),
    user("trusted"),
    user("nobody_rule", PASSWORD),
]


def rule(method, users, rule_type="host", addresses=("0.0.0.0/0", "::/0"), databases=("*",)):
    return {"type": rule_type, "users": list(users), "databases": list(databases), "addresses": list(addresses), "method": method}


RULES = [
    rule("md5", ["md5_plain", "md5_hashed"]),
    rule("password", ["clear", "clear_hashed"]),
    rule("cert", ["certificate_user"], "hostssl"),
    rule("trust", ["trusted"], addresses=["127.0.0.1/32"]),
    rule("scram-sha-256", ["nobody_rule"], "hostssl"),
    rule("trust", ["nobody_rule"], addresses=["10.11.12.13/32"]),
    rule("trust", ["nobody_rule"], databases=["other"]),
    rule("scram-sha-256", ["plain", "hashed", "more_rounds", "unknown", "unknown2"]),
]


def auth_config(postgres, certificates, certificate="server"):
    config = configuration(postgres, users=USERS)
    config["auth"]["rules"] = RULES
    config["server"]["tls"] = {
        "mode": "prefer", "cert": certificates.path(f"{certificate}.crt"), "key": certificates.path(f"{certificate}.key"), "client_ca": certificates.path("ca.crt")}
    return config


@pytest.fixture(scope="module")
def proxy(module_proxy, postgres, certificates):
    return module_proxy(auth_config(postgres, certificates))


def log_in(proxy, name, password=PASSWORD, *, tls=None, database="postgres", **options):
    with proxy.connect() as client:
        if tls:
            client.request_tls(tls)
        client.login(name, password, database=database, **options)
        assert client.value("SELECT 1") == "1"
        return types(client.login_info.messages)


def refusal(proxy, name, password, **options):
    """What a failed login saw: the messages' types and the error."""
    with proxy.connect() as client:
        tls = options.pop("tls", None)
        if tls:
            client.request_tls(tls)
        with pytest.raises(ServerError) as caught:
            client.login(name, password, database="postgres", **options)
        assert client.read_to_end() == b""
        return types(client.login_info.messages), caught.value.fields


def direct_password_failure(postgres):
    """PostgreSQL's own words for a wrong password."""
    with WireClient(postgres.host, postgres.port) as client:
        with pytest.raises(ServerError) as caught:
            client.login(SERVICE_USER, "wrong", database="postgres")
        return {k: caught.value.fields.get(k) for k in "SVCMDH"}


# --- SCRAM ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["plain", "hashed", "more_rounds"])
def test_scram(proxy, name):
    assert log_in(proxy, name).startswith("RRRR")


@pytest.mark.parametrize("name", ["plain", "hashed"])
@pytest.mark.parametrize("password", ["wrong", "", PASSWORD + " ", PASSWORD.upper()])
def test_wrong_password_has_postgresqls_words(proxy, postgres, name, password):
    expected = direct_password_failure(postgres)
    _, error = refusal(proxy, name, password)
    assert {k: error.get(k) for k in "SVCMDH"} == expected | {"M": expected["M"].replace(SERVICE_USER, name)}
    assert error["C"] == "28P01"


def _exchange_shape(proxy, name, password="guess"):
    """Everything of a failed login that an attacker sees, less what is random: offer, salt, iterations, error."""
    with proxy.connect() as client:
        client.send(messages.startup({"user": name, "database": "postgres"}))
        offer = client.read_message()
        exchange = scram.ScramClient(password)
        client.send(messages.sasl_initial_response("SCRAM-SHA-256", exchange.first()))
        server_first = messages.decode(client.read_message())[2]
        client.send(messages.sasl_response(exchange.final(server_first)))
        error = client.fatal()
        return offer, exchange.salt, exchange.iterations, {k: v.replace(name, "NAME") for k, v in error.items()}


def test_unknown_user_is_indistinguishable(proxy):
    known, unknown = _exchange_shape(proxy, "plain"), _exchange_shape(proxy, "unknown")
    assert known[0] == unknown[0]
    assert len(known[1]) == len(unknown[1])
    assert known[2:] == unknown[2:]


def test_unknown_users_salt_is_the_same_each_time_and_differs_by_name(proxy):
    first, again, other = (_exchange_shape(proxy, name)[1] for name in ("unknown", "unknown", "unknown2"))
    assert first == again != other


def test_known_users_salt_is_the_same_each_time(proxy):
    for name in ("plain", "hashed"):
        assert _exchange_shape(proxy, name)[1] == _exchange_shape(proxy, name)[1]


def test_unknown_user_fails_even_with_an_empty_password(proxy):
    assert refusal(proxy, "unknown", "")[1]["C"] == "28P01"


def test_a_closed_connection_instead_of_a_password_is_no_fault(proxy):
    for _ in range(5):
        with proxy.connect() as client:
            client.send(messages.startup({"user": "plain", "database": "postgres"}))
            client.read_message()
    log_in(proxy, "plain")


@pytest.mark.parametrize("first, sqlstate", [
    (b"", "08P01"), (b"x,,n=,r=abc", "08P01"), (b"n,,n=", "08P01"), (b"n,a=other,n=,r=abc", "0A000"), (b"n,,m=ext,n=,r=abc", "0A000"), (b"n,,n=,r=a\x7fb", "08P01"),
    (b"n,,n=,r=" + b"a" * 1100, "08P01 28P01"), (b"n,,n=,r=ab\0c", "08P01"), (b"p=tls-server-end-point,,n=,r=abc", "08P01"),
], ids=["empty", "bad-flag", "no-nonce-attribute", "authzid", "mandatory-extension", "unprintable-nonce", "too-long", "nul", "binding-without-plus"])
def test_malformed_first_messages(proxy, postgres, first, sqlstate):
    for server, name in ((postgres, SERVICE_USER), (proxy, "plain")):
        with WireClient(server.host, server.port) as client:
            client.send(messages.startup({"user": name, "database": "postgres"}))
            client.read_message()
            client.send(messages.sasl_initial_response("SCRAM-SHA-256", first))
            assert client.fatal()["C"] in sqlstate.split(), server


def test_unknown_mechanism(proxy):
    with proxy.connect() as client:
        client.send(messages.startup({"user": "plain", "database": "postgres"}))
        client.read_message()
        client.send(messages.sasl_initial_response("SCRAM-SHA-1", b"n,,n=,r=abc"))
        assert client.fatal()["C"] == "08P01"


@pytest.mark.parametrize("change, sqlstate", [
    (lambda final: final.replace(b"c=biws", b"c=eSws"), {"28000", "08P01"}),
    (lambda final: final.replace(b",r=", b",r=x"), {"08P01"}),
    (lambda final: final[:-4], {"08P01"}),
    (lambda final: final + b",more=1", {"08P01"}),
    (lambda final: final.split(b",p=")[0], {"08P01"}),
    (lambda final: b"", {"08P01"}),
    (lambda final: final.split(b",p=")[0] + b",p=" + b"A" * 43 + b"=", {"28P01"}),
], ids=["other-binding", "other-nonce", "cut-proof", "bytes-after-proof", "no-proof", "empty", "zero-proof"])
def test_malformed_final_messages(proxy, postgres, change, sqlstate):
    for server, name, password in ((postgres, SERVICE_USER, SERVICE_PASSWORD), (proxy, "plain", PASSWORD)):
        with WireClient(server.host, server.port) as client:
            client.send(messages.startup({"user": name, "database": "postgres"}))
            client.read_message()
            exchange = scram.ScramClient(password)
            client.send(messages.sasl_initial_response("SCRAM-SHA-256", exchange.first()))
            final = exchange.final(messages.decode(client.read_message())[2])
            client.send(messages.sasl_response(change(final)))
            assert client.fatal()["C"] in sqlstate, server


def test_no_initial_response(proxy, postgres):
    """Length -1: the server asks with an empty SASLContinue, the client then sends its first message."""
    for server, name, password in ((postgres, SERVICE_USER, SERVICE_PASSWORD), (proxy, "plain", PASSWORD)):
        with WireClient(server.host, server.port) as client:
            client.send(messages.startup({"user": name, "database": "postgres"}))
            client.read_message()
            client.send(messages.frame("p", messages.cstring("SCRAM-SHA-256") + b"\xff\xff\xff\xff"))
            assert messages.decode(client.read_message())[1:] == ("SASLContinue", b"")
            exchange = scram.ScramClient(password)
            client.send(messages.sasl_response(exchange.first()))
            client.send(messages.sasl_response(exchange.final(messages.decode(client.read_message())[2])))
            exchange.verify(messages.decode(client.read_message())[2])
            client.read_until("Z")


@pytest.mark.parametrize("message", [messages.query("SELECT 1"), messages.sync(), messages.parse("SELECT 1"), messages.terminate(), messages.frame("?")], ids=["query", "sync", "parse", "terminate", "unknown"])
def test_another_message_instead_of_the_password(proxy, message):
    with proxy.connect() as client:
        client.send(messages.startup({"user": "plain", "database": "postgres"}))
        client.read_message()
        client.send(message)
        rest = client.read_messages_to_end()
        assert types(rest) in ("E", ""), "nothing but a refusal before authentication"
        if rest:
            assert messages.error_fields(rest[0].body)["C"] == "08P01"
    log_in(proxy, "plain")


# --- Channel binding --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("certificate, digest", [("server", "sha256"), ("server-sha384", "sha384")])
def test_scram_plus(start_proxy, postgres, certificates, certificate, digest):
    proxy = start_proxy(auth_config(postgres, certificates, certificate))
    with proxy.connect() as client:
        client.request_tls(tls_context(ca=certificates.path("ca.crt")))
        client.login("hashed", PASSWORD, database="postgres", mechanism="SCRAM-SHA-256-PLUS",
                     gs2_header="p=tls-server-end-point,,", binding=client.certificate_hash(digest))
        assert client.value("SELECT 1") == "1"


def _offer(proxy, tls):
    with proxy.connect() as client:
        if tls:
            client.request_tls(tls_context())
        client.send(messages.startup({"user": "plain", "database": "postgres"}))
        return messages.decode(client.read_message())[2]


def test_plus_is_offered_first_and_only_over_tls(proxy):
    assert _offer(proxy, tls=True) == b"SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0"
    assert _offer(proxy, tls=False) == b"SCRAM-SHA-256\0\0"


def test_wrong_channel_binding_is_refused(proxy):
    _, error = refusal(proxy, "hashed", PASSWORD, tls=tls_context(), mechanism="SCRAM-SHA-256-PLUS", gs2_header="p=tls-server-end-point,,", binding=b"\1" * 32)
    assert (error["C"], error["M"]) == ("28000", "SCRAM channel binding check failed")


def test_downgrade_is_detected(proxy):
    """The client says that it would bind but was offered no PLUS: where PLUS was offered, somebody took it out."""
    _, error = refusal(proxy, "hashed", PASSWORD, tls=tls_context(), gs2_header="y,,")
    assert error["C"] == "28000"
    # Without TLS there was no PLUS to take out.
    log_in(proxy, "hashed", gs2_header="y,,")
    # A client that cannot bind is welcome.
    log_in(proxy, "hashed", tls=tls_context(), gs2_header="n,,")


@pytest.mark.parametrize("mechanism, header", [("SCRAM-SHA-256", "p=tls-server-end-point,,"), ("SCRAM-SHA-256-PLUS", "n,,"), ("SCRAM-SHA-256-PLUS", "y,,"), ("SCRAM-SHA-256-PLUS", "p=tls-unique,,")])
def test_mechanism_and_binding_must_agree(proxy, mechanism, header):
    _, error = refusal(proxy, "hashed", PASSWORD, tls=tls_context(), mechanism=mechanism, gs2_header=header, binding=b"")
    assert error["C"] in ("08P01", "28000")


# --- Other methods ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["md5_plain", "md5_hashed"])
def test_md5(proxy, name):
    log_in(proxy, name)
    shape, error = refusal(proxy, name, "wrong")
    assert (shape, error["C"], error["M"]) == ("RE", "28P01", f'password authentication failed for user "{name}"')


def test_md5_salt_changes(proxy):
    salts = set()
    for _ in range(4):
        with proxy.connect() as client:
            client.send(messages.startup({"user": "md5_plain", "database": "postgres"}))
            salts.add(client.read_message().body)
    assert len(salts) == 4


@pytest.mark.parametrize("name", ["clear", "clear_hashed"])
def test_password_over_tls(proxy, name):
    log_in(proxy, name, tls=tls_context())
    for wrong in ("wrong", PASSWORD + "x", PASSWORD[:-1]):
        _, error = refusal(proxy, name, wrong, tls=tls_context())
        assert (error["C"], error["M"]) == ("28P01", f'password authentication failed for user "{name}"')
    assert refusal(proxy, name, "", tls=tls_context())[1]["C"] == "28P01"
    assert refusal(proxy, name, "long" * 5000, tls=tls_context())[1]["C"] == "28P01"


def test_password_is_never_asked_for_in_clear_text(proxy):
    with proxy.connect() as client:
        client.send(messages.startup({"user": "clear", "database": "postgres"}))
        assert client.fatal()["C"] in ("28000", "28P01")


def test_certificate(proxy, certificates):
    log_in(proxy, "certificate_user", None, tls=tls_context(certificate=certificates.path("certificate_user")))


@pytest.mark.parametrize("certificate", [None, "server"], ids=["none", "of-another-name"])
def test_certificate_that_does_not_fit(proxy, certificates, certificate):
    with proxy.connect() as client:
        client.request_tls(tls_context(certificate=certificate and certificates.path(certificate)))
        client.send(messages.startup({"user": "certificate_user", "database": "postgres"}))
        assert client.fatal()["C"] == "28000"


def test_certificate_of_another_authority(proxy, certificates):
    with proxy.connect() as client:
        with pytest.raises((ssl.SSLError, ConnectionClosed, OSError, ServerError)):
            client.request_tls(tls_context(certificate=certificates.path("rogue")))
            client.login("certificate_user", database="postgres")


def test_certificate_without_tls(proxy):
    with proxy.connect() as client:
        client.send(messages.startup({"user": "certificate_user", "database": "postgres"}))
        assert client.fatal()["C"] == "28000"


def test_trust_by_rule(proxy):
    assert log_in(proxy, "trusted", None).startswith("RS")


def test_unknown_user_is_not_trusted(start_proxy, postgres):
    config = configuration(postgres, users=[user("trusted")])
    config["auth"]["rules"] = [rule("trust", ["*"])]
    proxy = start_proxy(config)
    log_in(proxy, "trusted", None)
    with proxy.connect() as client:
        client.send(messages.startup({"user": "unknown", "database": "postgres"}))
        assert client.fatal()["C"] in ("28000", "28P01")


# --- Rules ------------------------------------------------------------------------------------------------------------


def test_first_matching_rule_wins(start_proxy, postgres, certificates):
    config = auth_config(postgres, certificates)
    config["auth"]["rules"] = [
        rule("trust", ["plain"], "hostssl"), rule("scram-sha-256", ["plain"]), rule("trust", ["plain"]), rule("scram-sha-256", ["hashed"], "hostnossl"), rule("trust", ["hashed"]),
    ]
    proxy = start_proxy(config)
    log_in(proxy, "plain", None, tls=tls_context())
    assert refusal(proxy, "plain", "wrong")[1]["C"] == "28P01"
    log_in(proxy, "hashed", None, tls=tls_context())
    assert refusal(proxy, "hashed", "wrong")[1]["C"] == "28P01"


def test_no_matching_rule_is_refused(proxy):
    with proxy.connect() as client:
        client.send(messages.startup({"user": "nobody_rule", "database": "postgres"}))
        assert client.fatal()["C"] == "28000"
    log_in(proxy, "nobody_rule", tls=tls_context())


def test_rules_by_database_and_address(start_proxy, postgres):
    postgres.sql("DROP DATABASE IF EXISTS ruled WITH (FORCE)")
    postgres.sql("CREATE DATABASE ruled")
    config = configuration(postgres, users=USERS)
    config["auth"]["rules"] = [rule("trust", ["plain"], databases=["ruled"]), rule("trust", ["plain"], addresses=["127.0.0.2/32"]), rule("scram-sha-256", ["plain"])]
    proxy = start_proxy(config)
    log_in(proxy, "plain", None, database="ruled")
    assert refusal(proxy, "plain", "wrong")[1]["C"] == "28P01"


def test_default_method_holds_without_rules(start_proxy, postgres):
    config = configuration(postgres, users=USERS)
    config["auth"]["method"] = "md5"
    proxy = start_proxy(config)
    assert log_in(proxy, "md5_plain").startswith("RR")
    with proxy.connect() as client:
        client.send(messages.startup({"user": "md5_plain", "database": "postgres"}))
        assert messages.decode(client.read_message())[1] == "MD5Password"


# --- What stays behind ------------------------------------------------------------------------------------------------


def test_failures_are_audited_and_passwords_are_nowhere(start_proxy, postgres, certificates):
    proxy = start_proxy(auth_config(postgres, certificates))
    canary = "canary-secret-4711"
    refusal(proxy, "plain", canary)
    refusal(proxy, "clear", canary, tls=tls_context())
    refusal(proxy, "unknown", canary)
    log_in(proxy, "plain")
    log_in(proxy, "clear", tls=tls_context())
    events = proxy.wait_for_audit(3, kind="auth_failure")
    assert [e["user"] for e in events] == ["plain", "clear", "unknown"]
    assert all(e["sqlstate"] == "28P01" for e in events)
    left = proxy.stderr() + proxy.audit_path.read_text()
    for secret in (canary, PASSWORD, SERVICE_PASSWORD):
        assert secret not in left
