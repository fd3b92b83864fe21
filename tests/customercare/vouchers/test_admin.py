"""The office reads vouchers with their ledger, never sees a code, and revokes with a reason."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import AuditEntry
from backoffice.kernel.roles import Role
from customercare.vouchers import services as vouchers
from tests.customercare.vouchers.kit import give, ledger, money, wish

LIST = reverse("admin:customercare_voucher_changelist")
READERS = {Role.ADMIN, Role.SHOP_MANAGER, Role.AUDITOR}
REVOKERS = {Role.ADMIN, Role.SHOP_MANAGER}


def page(suffix, given):
    return reverse(f"admin:customercare_voucher_{suffix}", args=[given.voucher.pk])


@pytest.mark.parametrize("role", list(Role))
def test_who_may_read_and_who_may_revoke(client_for, store, role):
    given, client = give(store), client_for(role, sudo=True)
    for path in (LIST, page("change", given)):
        assert client.get(path).status_code == (200 if role in READERS else 403)
    assert client.get(page("revoke", given)).status_code == (200 if role in REVOKERS else 403)
    answer = client.post(page("revoke", given), {"reason": "Sent by mistake"})
    assert answer.status_code == (302 if role in REVOKERS else 403)
    assert money(given)[0] == ("0.00" if role in REVOKERS else "5.00")


@pytest.mark.parametrize("role", sorted(READERS))
def test_nobody_adds_changes_or_deletes_a_voucher_by_hand(client_for, store, role):
    given, client = give(store), client_for(role, sudo=True)
    assert client.get(reverse("admin:customercare_voucher_add")).status_code == 403
    assert client.post(page("change", given), {"balance": "500.00"}).status_code == 403
    assert money(given) == ("5.00", "0.00")


def test_the_ledger_is_shown_and_the_code_is_not(client_for, store, now):
    given = give(store)
    vouchers.redeem(purchase=wish(given, "3.20", order_ref="NEXT-77"), now=now)
    client = client_for(Role.AUDITOR)
    for path in (LIST, page("change", given)):
        html = client.get(path).content.decode()
        assert given.voucher.last4 in html
        assert given.code not in html
        assert given.code.replace("-", "") not in html
    assert "NEXT-77" in html
    assert "3.20" in html


def test_revoking_asks_for_the_password_again_and_for_a_reason(client_for, store):
    given = give(store)
    answer = client_for(Role.ADMIN).get(page("revoke", given))
    assert (answer.status_code, "confirm-password" in answer.url) == (302, True)
    answer = client_for(Role.ADMIN, sudo=True).post(page("revoke", given), {"reason": " "})
    assert answer.status_code == 422
    assert ledger(given) == [("issue", "5.00")]


def test_an_expired_voucher_says_why_it_cannot_be_revoked(client_for, store):
    given = give(store)
    vouchers.expire_due(now=given.voucher.valid_until)
    answer = client_for(Role.ADMIN, sudo=True).post(page("revoke", given), {"reason": "Fraud"})
    assert answer.status_code == 422
    assert "has expired already" in answer.content.decode()
    assert not AuditEntry.objects.filter(verb="voucher.revoke").exists()


@pytest.mark.parametrize("role", ["staff", "agent", "auditor"])
def test_the_service_itself_knows_who_may_revoke(cast, store, now, role):
    given = give(store)
    with pytest.raises(Refusal) as caught:
        vouchers.revoke(voucher_id=given.voucher.pk, note="Fraud", actor=getattr(cast, role), now=now)
    assert caught.value.code == "voucher.role"
    assert money(given) == ("5.00", "0.00")


def test_the_list_costs_the_same_for_two_and_for_twenty(client_for, store):
    client = client_for(Role.ADMIN)
    client.get(LIST)  # the session notes its first page
    counts = []
    for more in (2, 18):
        for _ in range(more):
            give(store)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(LIST).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
