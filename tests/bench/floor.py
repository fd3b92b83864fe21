"""The least that has to happen: the same orders, vouchers and mails with psycopg, hand-built MIME and smtplib.

No state but "to do" and "sent", marked once for each 500; a process that dies here loses or repeats up to 500 mails.
"""

import html
import multiprocessing
import secrets
import smtplib
import time
from binascii import b2a_base64
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from typing import Any

import psycopg

CLAIM = 500
SCHEMA = """
DROP TABLE IF EXISTS floor_message, floor_voucher;
CREATE TABLE floor_voucher (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, code text NOT NULL UNIQUE, cause text NOT NULL,
    order_id bigint NOT NULL REFERENCES orders_order, amount numeric(12, 2) NOT NULL, UNIQUE (cause, order_id)
);
CREATE TABLE floor_message (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, cause text NOT NULL,
    order_id bigint NOT NULL REFERENCES orders_order, state smallint NOT NULL DEFAULT 0, claimed_at timestamptz,
    sent_at timestamptz, UNIQUE (cause, order_id)
);
CREATE INDEX floor_todo ON floor_message (id) WHERE state = 0;
"""
VOUCHERS = """
INSERT INTO floor_voucher (code, cause, order_id, amount)
SELECT upper(substr(replace(gen_random_uuid()::text, '-', ''), 1, 16)), 'bench', id, 5 FROM orders_order
WHERE campaign_code = %s ON CONFLICT DO NOTHING
"""
MESSAGES = """
INSERT INTO floor_message (cause, order_id) SELECT 'bench', id FROM orders_order WHERE campaign_code = %s
ON CONFLICT DO NOTHING
"""
# Tables of the product's own shape, with all their columns, checks, indexes and the foreign key that is checked; no
# triggers.
ALIKE = """
DROP TABLE IF EXISTS alike_message, alike_entry, alike_voucher, alike_grant;
CREATE TABLE alike_grant (LIKE customercare_grant INCLUDING ALL);
CREATE TABLE alike_entry (LIKE customercare_voucherentry INCLUDING ALL);
CREATE TABLE alike_voucher (LIKE customercare_voucher INCLUDING ALL);
CREATE TABLE alike_message (LIKE messaging_message INCLUDING ALL);
ALTER TABLE alike_voucher ADD FOREIGN KEY (order_id) REFERENCES orders_order DEFERRABLE INITIALLY DEFERRED;
"""
ALIKE_GRANTS = """
INSERT INTO alike_grant (cause_ref, order_id, kind, amount, currency, why, state, drill, created_at)
SELECT 'bench', id, 'voucher', 5, currency, 'Bench: flat 5.00', 'granted', false, now()
FROM orders_order WHERE campaign_code = %s
"""
ALIKE_VOUCHERS = """
INSERT INTO alike_voucher (store_id, order_id, cause_ref, customer_ref, contact_hash, amount, currency, balance, held,
    key_id, code_hash, last4, drill, valid_from, valid_until, state, created_at)
SELECT store_id, id, 'bench', customer_ref, md5(contact_email), 5, currency, 5, 0, 'k1', sha256(id::text::bytea),
    'ABCD', false, now(), now() + interval '90 days', 'active', now()
FROM orders_order WHERE campaign_code = %s
"""
ALIKE_ENTRIES = """
INSERT INTO alike_entry (voucher_id, kind, amount, key, order_ref, actor_ref, note, at)
SELECT id, 'issue', amount, 'issue', '', 'user:1', '', now() FROM alike_voucher
"""
ALIKE_MESSAGES = """
INSERT INTO alike_message (batch_id, dedupe_key, channel, address, wording_id, "values", digest, weight, is_canary,
    state, reason, due_at, expires_at, claimed_by, attempts, failures)
SELECT 1, 'bench/1/email/' || md5(o.number), 'email', o.contact_email, 1, jsonb_build_object(
        'customer_name', o.contact_name, 'shop_name', 'Bench', 'contact_email', 'help@bench.example', 'orders',
        jsonb_build_array(jsonb_build_object(
            'order_number', o.number, 'promised_date', o.promised_on, 'order_url', '/o/' || o.public_token || '/',
            'items', (SELECT string_agg(l.title || ' × ' || l.quantity, '; ') FROM orders_orderline l
                      WHERE l.order_id = o.id),
            'order_total', jsonb_build_array(o.total::text, o.currency),
            'voucher_code', jsonb_build_object('voucher', v.id), 'voucher_value', jsonb_build_array('5.00', 'PLN'),
            'voucher_until', '2027-02-28'))),
    repeat('0', 64), 1, false, 'queued', '', now(), now() + interval '7 days', '', 0, 0
FROM orders_order o JOIN alike_voucher v ON v.order_id = o.id WHERE o.campaign_code = %s
"""
TAKE = """
WITH due AS (
    SELECT id FROM floor_message WHERE state = 0 ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
), taken AS (
    UPDATE floor_message m SET state = 1, claimed_at = now() FROM due WHERE m.id = due.id RETURNING m.id, m.order_id
)
SELECT t.id, o.number, o.contact_email, o.contact_name, o.language, o.public_token, v.code,
    (SELECT string_agg(l.title || ' × ' || l.quantity, '; ') FROM orders_orderline l WHERE l.order_id = o.id)
FROM taken t JOIN orders_order o ON o.id = t.order_id JOIN floor_voucher v ON v.order_id = o.id
"""
SENT = "UPDATE floor_message SET state = 2, sent_at = now() WHERE id = ANY(%s)"
Words = dict[str, tuple[str, str]]
VALUES = ("order", "name", "code", "url", "items")


def prepare(url: str) -> None:
    """Empty tables."""
    with psycopg.connect(url, autocommit=True) as line:
        line.execute(SCHEMA)


def plan(url: str, campaign: str) -> float:
    """Vouchers and messages of the campaign's orders in one transaction; returns the seconds it took."""
    with psycopg.connect(url) as line:
        began = time.monotonic()
        line.execute(VOUCHERS, [campaign])
        line.execute(MESSAGES, [campaign])
        line.commit()
        return time.monotonic() - began


def plan_alike(url: str, campaign: str) -> float:
    """The same as rows of the product's own shape; returns the seconds it took."""
    with psycopg.connect(url, autocommit=True) as line:
        line.execute(ALIKE)
    with psycopg.connect(url) as line:
        began = time.monotonic()
        line.execute(ALIKE_GRANTS, [campaign])
        line.execute(ALIKE_VOUCHERS, [campaign])
        line.execute("ANALYZE alike_voucher")
        line.execute(ALIKE_ENTRIES)
        line.execute(ALIKE_MESSAGES, [campaign])
        line.commit()
        return time.monotonic() - began


def send(url: str, port: int, words: Words, processes: int = 2) -> float:
    """Everything that is planned, by so many processes; returns the seconds it took."""
    fork = multiprocessing.get_context("fork")
    start = fork.Barrier(processes + 1)
    children = [fork.Process(target=_send, args=(url, port, words, start)) for _child in range(processes)]
    for child in children:
        child.start()
    start.wait()
    began = time.monotonic()
    for child in children:
        child.join()
    if any(child.exitcode for child in children):
        raise RuntimeError("a process of the floor failed")
    return time.monotonic() - began


def _send(url: str, port: int, words: Words, start: Any) -> None:
    with psycopg.connect(url, autocommit=True) as line, smtplib.SMTP("127.0.0.1", port) as server:
        server.ehlo()
        start.wait()
        while rows := line.execute(TAKE, [CLAIM]).fetchall():
            for _number, order, address, name, language, token, code, items in rows:
                subject, text = words[language]
                values = {"order": order, "name": name, "url": f"https://shop.example/o/{token}/", "code": code,
                          "items": items}  # fmt: skip
                server.sendmail("care@bench.example", [address], mail(address, subject, text, values))
            line.execute(SENT, [[row[0] for row in rows]])


def send_alike(port: int, body: bytes, connections: int, messages: int) -> float:
    """The same body so often, through so many connections with a thread each; returns the seconds it took."""
    shares = [messages // connections + (number < messages % connections) for number in range(connections)]
    with ThreadPoolExecutor(connections) as threads:
        began = time.monotonic()
        list(threads.map(lambda share: _send_share(port, body, share), shares))
        return time.monotonic() - began


def _send_share(port: int, body: bytes, share: int) -> None:
    with smtplib.SMTP("127.0.0.1", port) as server:
        for number in range(share):
            server.sendmail("care@bench.example", [f"customer.{number}@bench.example"], body)


def mail(address: str, subject: str, text: str, values: dict[str, str]) -> bytes:
    """multipart/alternative by hand: text, and the same as HTML."""
    boundary = secrets.token_hex(8)
    plain = text.format_map(values)
    shown = text.format_map({name: html.escape(value) for name, value in values.items()})
    page = "<html><body><p>" + shown.replace("\n\n", "</p><p>").replace("\n", "<br>") + "</p></body></html>"
    title = subject.format_map(values)
    head = title if title.isascii() else _encoded(title)
    return b"".join(
        (
            f"From: care@bench.example\r\nTo: {address}\r\nSubject: {head}\r\n"
            f"Message-ID: <{secrets.token_hex(12)}@bench.example>\r\nDate: {formatdate()}\r\nMIME-Version: 1.0\r\n"
            f"Content-Type: multipart/alternative; boundary={boundary}\r\n\r\n--{boundary}\r\n"
            "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n".encode(),
            _wrapped(plain),
            f"\r\n--{boundary}\r\nContent-Type: text/html; charset=utf-8\r\n"
            "Content-Transfer-Encoding: base64\r\n\r\n".encode(),
            _wrapped(page),
            f"\r\n--{boundary}--\r\n".encode(),
        )
    )


def _encoded(title: str) -> str:
    """Encoded words of at most 14 characters, which are at most 42 bytes here."""
    parts = (title[at : at + 14].encode() for at in range(0, len(title), 14))
    return "\r\n ".join(f"=?utf-8?b?{b2a_base64(part, newline=False).decode()}?=" for part in parts)


def _wrapped(text: str) -> bytes:
    data = b2a_base64(text.encode(), newline=False)
    return b"\r\n".join(data[at : at + 76] for at in range(0, len(data), 76))


def counts(url: str) -> tuple[int, int, int]:
    """Messages sent, vouchers, different codes."""
    with psycopg.connect(url) as line:
        (sent,) = line.execute("SELECT count(*) FROM floor_message WHERE state = 2").fetchone() or (0,)
        row = line.execute("SELECT count(*), count(DISTINCT code) FROM floor_voucher").fetchone() or (0, 0)
    return int(sent), int(row[0]), int(row[1])
