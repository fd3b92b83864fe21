"""Signing in and encryption: where either fails, nothing is sent."""

import ssl
from pathlib import Path

import pytest

from backoffice.messaging.smtp import Outcome, Reason, Relay, Tls
from tests.kit.smtp_faults import Fault, FaultServer
from tests.kit.smtp_lanes import SENT, outgoing, relay_to, sent_by, ways

CERTIFICATE = Path(__file__).parent.parent / "kit" / "loopback.pem"


@pytest.mark.parametrize("auth", ["PLAIN", "LOGIN", "PLAIN LOGIN"])
def test_signing_in(auth: str) -> None:
    with FaultServer(login=("shop", "sésame"), auth=auth) as server:
        assert ways(sent_by(relay_to(server, username="shop", password="sésame"), outgoing("a"))) == [SENT]


@pytest.mark.parametrize("auth", ["PLAIN", "LOGIN"])
def test_a_refused_account_sends_nothing_and_says_so(auth: str) -> None:
    with FaultServer(login=("shop", "right"), auth=auth) as server:
        results = sent_by(relay_to(server, username="shop", password="wrong"), outgoing("a", "b"))
    assert ways(results) == [(Outcome.NOT_SENT, Reason.AUTH)] * 2
    assert {result.code for result in results} == {535}
    assert server.accepted == []


def test_a_server_without_a_known_way_to_sign_in_sends_nothing() -> None:
    with FaultServer(login=("shop", "x"), auth="CRAM-MD5") as server:
        results = sent_by(relay_to(server, username="shop", password="x"), outgoing("a"))
    assert ways(results) == [(Outcome.NOT_SENT, Reason.AUTH)]


def test_the_password_is_not_shown() -> None:
    assert "sesame" not in repr(Relay("127.0.0.1", 25, username="shop", password="sesame"))


def server_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


@pytest.mark.parametrize("tls", [Tls.STARTTLS, Tls.IMPLICIT])
def test_encrypted_sessions(tls: Tls) -> None:
    trusting = ssl.create_default_context(cafile=str(CERTIFICATE))
    with FaultServer(tls=server_context(), implicit_tls=tls is Tls.IMPLICIT, login=("shop", "x")) as server:
        relay = relay_to(server, tls=tls, ssl_context=trusting, username="shop", password="x")
        assert ways(sent_by(relay, outgoing("a", "b"))) == [SENT, SENT]
    assert server.connections == 1


@pytest.mark.parametrize("tls", [Tls.STARTTLS, Tls.IMPLICIT])
def test_a_server_with_an_unknown_certificate_gets_nothing(tls: Tls) -> None:
    with FaultServer(tls=server_context(), implicit_tls=tls is Tls.IMPLICIT) as server:
        assert ways(sent_by(relay_to(server, tls=tls), outgoing("a"))) == [(Outcome.NOT_SENT, Reason.TLS)]
    assert server.accepted == []


def test_no_message_leaves_in_clear_where_encryption_is_wanted() -> None:
    with FaultServer() as server:
        assert ways(sent_by(relay_to(server, tls=Tls.STARTTLS), outgoing("a"))) == [(Outcome.NOT_SENT, Reason.TLS)]
    assert server.messages == 0


def test_words_slipped_in_before_the_encryption_are_not_believed() -> None:
    with FaultServer(Fault.STARTTLS_INJECT, tls=server_context()) as server:
        results = sent_by(relay_to(server, tls=Tls.STARTTLS), outgoing("a"))
    assert ways(results) == [(Outcome.NOT_SENT, Reason.TLS)]
    assert "spoke before" in results[0].reply
