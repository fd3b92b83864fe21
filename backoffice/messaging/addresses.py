"""Which e-mail addresses the product takes, and the one form it keeps them in."""

import re
import unicodedata
from functools import lru_cache

from backoffice.messaging.problems import Problem, ProblemFound, gettext_noop

_MAX_ADDRESS = 254
_MAX_LOCAL = 64
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_SPACE_OR_CONTROL = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def check_address(text: str) -> str:
    """The address as it is sent to: outer blanks off, domain in lower case and punycode, local part untouched.

    Raises ProblemFound (code "address.…", field "email") for anything that is not exactly one deliverable address.
    """
    address = text.strip(" \t")
    if not address:
        raise _problem(
            "empty",
            gettext_noop("Nobody can be written to without an address. Type one, such as anna@example.com."),
        )
    if _SPACE_OR_CONTROL.search(address):
        raise _problem(
            "blank",
            gettext_noop("The address holds a blank, a line break or an invisible character. Delete it."),
        )
    if address.count("@") > 1 or "," in address or ";" in address:
        raise _problem(
            "several",
            gettext_noop("Each message goes to one person. Keep one address in this field."),
        )
    local, at, domain = address.partition("@")
    if not at:
        raise _problem(
            "no_at",
            gettext_noop("The address has no @. Type it in full, such as anna@example.com."),
        )
    _check_local(local)
    canonical = f"{local}@{_punycode(domain)}"
    if len(canonical) > _MAX_ADDRESS:
        raise _problem(
            "long",
            gettext_noop("Mail servers take at most 254 characters. Check the address."),
        )
    return canonical


def _check_local(local: str) -> None:
    if not local.isascii():
        message = gettext_noop(
            "Many mail servers refuse letters such as ą or 王 before the @, so the message would be lost. "
            "Ask the customer for an address in plain letters."
        )
        raise _problem("local_not_ascii", message)
    if len(local) > _MAX_LOCAL or not _LOCAL.fullmatch(local):
        message = gettext_noop(
            "Mail servers cannot read the part before the @. Check it for brackets, quotes and dots."
        )
        raise _problem("local", message)


@lru_cache(maxsize=4096)
def _punycode(domain: str) -> str:
    domain = unicodedata.normalize("NFKC", domain).lower().replace("。", ".")
    labels = [_label(label) for label in domain.split(".")]
    if len(labels) < 2:
        raise _problem(
            "no_dot",
            gettext_noop("No mail server has a name without a dot. Complete it, such as @example.com."),
        )
    if not all(_LABEL.fullmatch(label) for label in labels) or labels[-1].isdigit():
        raise _problem(
            "domain",
            gettext_noop("The part after the @ is not the name of a mail server. Check its spelling."),
        )
    return ".".join(labels)


def _label(label: str) -> str:
    """One part of a domain. Not the codec "idna" of the library: it would turn ß into ss, which is another domain."""
    if label.isascii():
        return label
    if not all(letter == "-" or unicodedata.category(letter)[0] in "LMN" for letter in label):
        return ""
    return "xn--" + label.encode("punycode").decode("ascii")


def _problem(code: str, message: str) -> ProblemFound:
    return ProblemFound(Problem(f"address.{code}", message, "email"))
