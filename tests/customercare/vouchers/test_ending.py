"""A voucher ends by the calendar, by a person, or with its run; what was spent stays spent."""

from datetime import timedelta
from decimal import Decimal

import pytest

from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import AuditEntry
from customercare.vouchers import services as vouchers
from customercare.vouchers import tasks
from customercare.vouchers.models import Voucher, VoucherEntry
from tests.customercare.vouchers.kit import give, ledger, money, wish


def test_it_expires_at_its_last_moment_and_not_before(store, now):
    given = give(store)
    end = given.voucher.valid_until
    assert vouchers.expire_due(now=end - timedelta(microseconds=1)) == 0
    assert vouchers.expire_due(now=end) == 1
    assert vouchers.expire_due(now=end) == 0
    assert money(given) == ("0.00", "0.00")
    assert ledger(given) == [("issue", "5.00"), ("expire", "5.00")]


def test_days_without_a_worker_are_made_up_for_in_batches(store, now):
    end = max(give(store).voucher.valid_until for _ in range(5)) + timedelta(days=3)
    assert [vouchers.expire_due(now=end, limit=2) for _ in range(4)] == [2, 2, 1, 0]


def test_a_spent_voucher_needs_no_end(store, now):
    given = give(store)
    vouchers.redeem(purchase=wish(given), now=now)
    assert vouchers.expire_due(now=given.voucher.valid_until) == 0


def test_the_beat_ends_what_is_over(store, now):
    given = give(store, now=now - timedelta(days=3650))
    tasks.expire()
    given.voucher.refresh_from_db()
    assert given.voucher.state == "expired"


def test_a_person_revokes_with_a_reason_and_it_is_written_down(store, cast, now):
    given = give(store)
    ended = vouchers.revoke(voucher_id=given.voucher.pk, note="Sent by mistake", actor=cast.manager, now=now)
    assert (ended.vouchers, ended.amount) == (1, Decimal("5.00"))
    assert money(given) == ("0.00", "0.00")
    assert VoucherEntry.objects.get(voucher=given.voucher, kind="revoke").note == "Sent by mistake"
    assert AuditEntry.objects.get(verb="voucher.revoke").subject == f"voucher:{given.voucher.pk}"


def test_revoking_twice_changes_nothing_more(store, cast, now):
    given = give(store)
    for _ in range(2):
        vouchers.revoke(voucher_id=given.voucher.pk, note="Sent by mistake", actor=cast.manager, now=now)
    assert ledger(given) == [("issue", "5.00"), ("revoke", "5.00")]
    assert AuditEntry.objects.filter(verb="voucher.revoke").count() == 1


def test_revoking_leaves_what_was_spent_and_what_is_held(store, cast, now):
    given = give(store)
    vouchers.redeem(purchase=wish(given, "1.00", key="pay"), now=now)
    vouchers.authorize(purchase=wish(given, "1.50", key="hold"), now=now)
    ended = vouchers.revoke(voucher_id=given.voucher.pk, note="Fraud", actor=cast.manager, now=now)
    assert ended.amount == Decimal("2.50")
    assert money(given) == ("1.50", "1.50")


@pytest.mark.parametrize(("change", "code"), [({"note": "  "}, "voucher.reason"), ({"voucher_id": 0}, "voucher.gone")])
def test_a_revocation_that_says_nothing_is_refused(store, cast, now, change, code):
    given = give(store)
    order = {"voucher_id": given.voucher.pk, "note": "Fraud", "actor": cast.manager, "now": now}
    with pytest.raises(Refusal) as caught:
        vouchers.revoke(**order | change)
    assert caught.value.code == code
    assert money(given) == ("5.00", "0.00")
    assert not AuditEntry.objects.filter(verb="voucher.revoke").exists()


def test_an_expired_voucher_cannot_be_revoked(store, cast, now):
    given = give(store)
    vouchers.expire_due(now=given.voucher.valid_until)
    with pytest.raises(Refusal) as caught:
        vouchers.revoke(voucher_id=given.voucher.pk, note="Fraud", actor=cast.manager, now=now)
    assert caught.value.code == "voucher.expired"
    assert ledger(given) == [("issue", "5.00"), ("expire", "5.00")]


def test_a_cancelled_run_takes_back_its_own_unsent_vouchers(store, now):
    sent, unsent, used = give(store), give(store), give(store)
    vouchers.redeem(purchase=wish(used, "2.00"), now=now)
    told = {"cause_ref": "incident:1", "order_ids": [unsent.order.pk, used.order.pk], "note": "Run cancelled"}
    ended = vouchers.revoke_many(**told, actor_ref="system", now=now)
    assert (ended.vouchers, ended.amount) == (2, Decimal("8.00"))
    assert vouchers.revoke_many(**told, actor_ref="system", now=now) == vouchers.Ended(0, Decimal(0))
    assert money(sent) == ("5.00", "0.00")
    assert Voucher.objects.filter(state="revoked").count() == 2
