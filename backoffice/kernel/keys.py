"""Keys for machines: shown once, kept as a hash, each with its scopes and at most one store."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from backoffice.kernel import audit
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import ApiKey, Store, User
from backoffice.kernel.roles import Capability

MARK = "sf"
UNKNOWN = "key.unknown"
OUT_OF_SCOPE = "key.scope"
_USE_NOTED_EVERY = timedelta(minutes=1)
_NOBODYS_HASH = "0" * 64


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key. token is the whole secret, and this is the only moment at which it exists in clear."""

    key: ApiKey
    token: str


@transaction.atomic
def issue(*, name: str, scopes: Sequence[str], store: Store | None, created_by: User, now: datetime) -> IssuedKey:
    """Make a key. store None serves every store. Raises Refusal (key.role, key.name, key.scopes)."""
    if not created_by.can(Capability.MANAGE_SETTINGS):
        raise Refusal("key.role", _("Your role may not make keys. Ask an admin."))
    if not name.strip():
        raise Refusal("key.name", _("The key has no name. Say which system will use it."), "name")
    if not scopes:
        raise Refusal("key.scopes", _("The key could do nothing. Choose at least one scope."), "scopes")
    prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        name=name.strip(),
        prefix=prefix,
        key_hash=_hashed(secret),
        scopes=sorted(set(scopes)),
        store=store,
        created_by=created_by,
        created_at=now,
    )
    audit.record(actor=created_by, verb="key.issue", subject=f"key:{key.pk}", now=now, scopes=key.scopes)
    return IssuedKey(key, f"{MARK}_{prefix}_{secret}")


def verify(*, token: str, scope: str, now: datetime) -> ApiKey:
    """The key that this token stands for, if it may do this.

    Raises Refusal key.unknown (nobody's, or revoked; the same answer) or key.scope (known, but not for this).
    """
    prefix, secret = _split(token)
    key = ApiKey.objects.filter(prefix=prefix, revoked_at__isnull=True).first()
    fits = constant_time_compare(_hashed(secret), key.key_hash if key else _NOBODYS_HASH)
    if key is None or not fits:
        raise Refusal(UNKNOWN, _("This key is not known. Send a key of this shop in the X-Api-Key header."))
    if scope not in key.scopes:
        raise Refusal(OUT_OF_SCOPE, _("This key may not do this. Use one with the scope %(scope)s.") % {"scope": scope})
    _note_use(key, now)
    return key


@transaction.atomic
def revoke(*, key_id: int, actor: User, now: datetime) -> None:
    """End a key at once; ending it again changes nothing. Raises Refusal (key.role)."""
    if not actor.can(Capability.MANAGE_SETTINGS):
        raise Refusal("key.role", _("Your role may not end keys. Ask an admin."))
    if ApiKey.objects.filter(pk=key_id, revoked_at__isnull=True).update(revoked_at=now):
        audit.record(actor=actor, verb="key.revoke", subject=f"key:{key_id}", now=now)


def _split(token: str) -> tuple[str, str]:
    """Prefix and secret; two empty strings for what has not the shape of a key or could not be stored."""
    parts = token.split("_", 2)
    well_formed = len(parts) == 3 and parts[0] == MARK and len(token) < 200 and token.isascii() and token.isprintable()
    return (parts[1], parts[2]) if well_formed else ("", "")


def _hashed(secret: str) -> str:
    """Plain SHA-256 is enough: the secret has 256 random bits, so there is nothing to guess."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _note_use(key: ApiKey, now: datetime) -> None:
    if key.last_used_at is None or now - key.last_used_at >= _USE_NOTED_EVERY:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
