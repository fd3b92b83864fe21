"""E-mails as bytes, read back by the standard library's own parser."""

import base64
import email
import email.policy
import re
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.messaging import mime
from backoffice.messaging.problems import ProblemFound

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
KEY = b"k" * 32
# What a rendered subject can hold: one line without control characters and lone surrogates.
ONE_LINE = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])).map(str.strip)
BODY = st.text(st.characters(codec="utf-8", exclude_characters="\r"))


def built(**changes: str) -> bytes:
    skeleton = mime.Skeleton(
        sender=changes.pop("sender", "shop@example.com"),
        sender_name=changes.pop("sender_name", ""),
        reply_to=changes.pop("reply_to", ""),
    )
    parts = {
        "recipient": "anna@example.com",
        "subject": "News",
        "message_id": "<1@example.com>",
        "text": "T",
        "html": "H",
    }
    return skeleton.build(date=NOW, **{**parts, **changes})


def read(data: bytes) -> EmailMessage:
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def bodies(message: EmailMessage) -> tuple[str, bytes, str, bytes]:
    first, second = message.iter_parts()
    return (
        first.get_content_type(),
        bytes(first.get_payload(decode=True)),
        second.get_content_type(),
        bytes(second.get_payload(decode=True)),
    )


def test_the_message_says_who_wrote_to_whom_about_what_and_when() -> None:
    message = read(
        built(
            sender_name="Błękitny Czajnik",
            reply_to="help@example.com",
            subject="Zamówienie A-1",
        )
    )
    assert message["From"] == "Błękitny Czajnik <shop@example.com>"
    assert message["To"] == "anna@example.com"
    assert message["Subject"] == "Zamówienie A-1"
    assert message["Reply-To"] == "help@example.com"
    assert message["Message-ID"] == "<1@example.com>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime == NOW
    assert message["List-Unsubscribe"] is None


def test_one_click_unsubscribing_is_offered_when_there_is_a_link() -> None:
    message = read(built(unsubscribe_url="https://shop.example/u/abc/"))
    assert message["List-Unsubscribe"] == "<https://shop.example/u/abc/>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@given(text=BODY, page=BODY)
def test_both_bodies_arrive_byte_for_byte(text: str, page: str) -> None:
    data = built(text=text, html=page)
    expected = (
        text.replace("\n", "\r\n").encode(),
        page.replace("\n", "\r\n").encode(),
    )
    assert bodies(read(data)) == ("text/plain", expected[0], "text/html", expected[1])
    assert data.isascii()
    assert max(map(len, data.split(b"\r\n"))) <= 78
    assert b"\n" not in data.replace(b"\r\n", b"")


@given(subject=ONE_LINE)
def test_any_subject_arrives(subject: str) -> None:
    assert read(built(subject=subject))["Subject"] == subject


@given(subject=st.text("aą王👨", min_size=20, max_size=90))
def test_no_encoded_word_is_too_long_and_each_decodes_by_itself(subject: str) -> None:
    head = built(subject=f"王{subject}").split(b"\r\n\r\n")[0].decode()
    words = re.findall(r"=\?utf-8\?b\?(.*?)\?=", head)
    assert words
    assert "".join(base64.b64decode(word).decode() for word in words) == f"王{subject}"
    assert max(len(word) for word in words) + len("=?utf-8?b??=") <= 75
    assert max(map(len, head.split("\r\n"))) <= 76


@pytest.mark.parametrize(
    "subject",
    [
        "=?utf-8?b?QmNjOiBhbGw=?=",
        "two  spaces",
        "word " * 60 + "end",
        "x" * 300,
        "👨‍👩‍👧‍👦" * 20,
        "a=?b",
        "100 % {x}",
    ],
)
def test_difficult_subjects_arrive_as_they_are(subject: str) -> None:
    assert read(built(subject=subject))["Subject"] == subject


@pytest.mark.parametrize(
    "name",
    [
        "Kettle & Co",
        'The "Blue" Kettle, Ltd.',
        "Czajnik \\ Spółka",
        "=?utf-8?q?x?=",
        "",
    ],
)
def test_any_shop_name_can_be_the_sender(name: str) -> None:
    (author,) = read(built(sender_name=name))["From"].addresses
    assert author.display_name == name
    assert author.addr_spec == "shop@example.com"


def test_a_long_shop_name_is_cut_into_words_that_read_as_one() -> None:
    # The library's newer parser sets a blank between encoded words of a name; the older one reads RFC 2047 as written.
    author = str(email.message_from_bytes(built(sender_name="蓝水壶" * 20))["From"])
    assert str(make_header(decode_header(author))) == "蓝水壶" * 20 + " <shop@example.com>"


def test_a_shop_name_cannot_add_a_header() -> None:
    message = read(built(sender_name="Shop\r\nBcc: all@example.com"))
    assert message["Bcc"] is None
    assert message["From"].addresses[0].display_name == "Shop Bcc: all@example.com"


@pytest.mark.parametrize("header", ["recipient", "subject", "message_id", "unsubscribe_url"])
@pytest.mark.parametrize("character", ["\r\n", "\n", "\r", "\x00", "\x0b"])
def test_a_header_never_breaks_its_line(header: str, character: str) -> None:
    with pytest.raises(ValueError, match="control character"):
        built(**{header: f"a{character}Bcc: all@example.com"})


def test_the_message_id_is_the_same_for_every_try_and_differs_by_message_and_key() -> None:
    first = mime.message_id(42, key=KEY, domain="shop.example")
    assert first == mime.message_id(42, key=KEY, domain="shop.example")
    assert first.endswith(".42@shop.example>")
    assert first != mime.message_id(42, key=b"other", domain="shop.example")
    assert first != mime.message_id(43, key=KEY, domain="shop.example")
    assert read(built(message_id=first))["Message-ID"] == first


def test_a_sender_without_a_usable_address_is_refused() -> None:
    with pytest.raises(ProblemFound):
        mime.Skeleton(sender="shop@localhost")
