"""A machine's key is shown once, does what its scopes say, and ends when it is revoked."""

from datetime import timedelta

import pytest

from backoffice.kernel import keys
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import ApiKey, AuditEntry


def refused(call, **arguments):
    with pytest.raises(Refusal) as caught:
        call(**arguments)
    return caught.value.code


@pytest.fixture
def issued(cast, store, now):
    return keys.issue(name="Checkout", scopes=["vouchers:redeem"], store=store, created_by=cast.admin, now=now)


def test_the_token_is_stored_nowhere(issued):
    stored = ApiKey.objects.values().get(pk=issued.key.pk)
    secret = issued.token.split("_", 2)[2]
    assert len(secret) >= 43
    assert not any(secret in str(value) for value in stored.values())
    assert not AuditEntry.objects.filter(detail__icontains=secret).exists()


def test_a_key_is_known_by_its_token(issued, now):
    found = keys.verify(token=issued.token, scope="vouchers:redeem", now=now)
    assert found == issued.key
    assert found.store == issued.key.store


@pytest.mark.parametrize(
    "change",
    [
        lambda token: "",
        lambda token: token[:-1],
        lambda token: token + "x",
        lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
        lambda token: token.upper(),
        lambda token: token.replace("sf_", "xx_"),
        lambda token: "sf_" + "0" * 12 + token[15:],
        lambda token: "sf__",
        lambda token: "sf_\x00_\x00",
        lambda token: "ż" * 60,
        lambda token: "sf_a_" + "x" * 100_000,
    ],
)
def test_whatever_is_not_the_token_is_nobodys(issued, now, change):
    before = list(ApiKey.objects.values())
    assert refused(keys.verify, token=change(issued.token), scope="vouchers:redeem", now=now) == keys.UNKNOWN
    assert list(ApiKey.objects.values()) == before


def test_a_key_may_do_only_what_its_scopes_say(issued, now):
    assert refused(keys.verify, token=issued.token, scope="orders:write", now=now) == keys.OUT_OF_SCOPE


def test_a_revoked_key_is_answered_like_an_unknown_one(issued, cast, now):
    keys.revoke(key_id=issued.key.pk, actor=cast.admin, now=now)
    assert refused(keys.verify, token=issued.token, scope="vouchers:redeem", now=now) == keys.UNKNOWN


def test_a_known_prefix_costs_as_many_queries_as_an_unknown_one(issued, now, django_assert_num_queries):
    for token in (issued.token[:-1] + "!", "sf_" + "0" * 12 + "_" + "x" * 43):
        with django_assert_num_queries(1):
            refused(keys.verify, token=token, scope="vouchers:redeem", now=now)


def test_its_last_use_is_noted_once_a_minute(issued, now, django_assert_num_queries):
    keys.verify(token=issued.token, scope="vouchers:redeem", now=now)
    with django_assert_num_queries(1):
        keys.verify(token=issued.token, scope="vouchers:redeem", now=now + timedelta(seconds=59))
    later = now + timedelta(seconds=60)
    keys.verify(token=issued.token, scope="vouchers:redeem", now=later)
    assert ApiKey.objects.get().last_used_at == later


@pytest.mark.parametrize(
    ("change", "code"), [({"name": " "}, "key.name"), ({"scopes": []}, "key.scopes")], ids=["no name", "no scope"]
)
def test_a_key_that_says_nothing_is_not_made(cast, now, change, code):
    wish = {"name": "Checkout", "scopes": ["vouchers:redeem"], "store": None, "created_by": cast.admin, "now": now}
    assert refused(keys.issue, **wish | change) == code
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize("role", ["manager", "staff", "agent", "auditor"])
def test_only_an_admin_makes_and_ends_keys(cast, issued, now, role):
    person = getattr(cast, role)
    wish = {"name": "Mine", "scopes": ["vouchers:redeem"], "store": None, "created_by": person, "now": now}
    assert refused(keys.issue, **wish) == "key.role"
    assert refused(keys.revoke, key_id=issued.key.pk, actor=person, now=now) == "key.role"
    assert ApiKey.objects.filter(revoked_at__isnull=True).count() == 1


def test_making_and_ending_a_key_are_in_the_audit_log(issued, cast, now):
    keys.revoke(key_id=issued.key.pk, actor=cast.admin, now=now)
    keys.revoke(key_id=issued.key.pk, actor=cast.admin, now=now + timedelta(days=1))
    verbs = AuditEntry.objects.filter(subject=f"key:{issued.key.pk}").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["key.issue", "key.revoke"]
    assert ApiKey.objects.get().revoked_at == now
