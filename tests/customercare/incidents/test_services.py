"""An incident from draft to room: frozen radius, one person declares, another approves, drift is adopted on purpose."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import AuditEntry, Store, User
from backoffice.messaging.models import Message
from customercare.incidents import selectors, services
from customercare.incidents.models import AffectedOrder, Incident
from customercare.incidents.rules import IncidentDraft
from customercare.notices import selectors as fanouts
from customercare.notices import services as notices
from customercare.notices.models import Fanout
from customercare.notices.rules import Plan
from customercare.vouchers.models import Voucher
from orders.reach.rules import Selector
from orders.sales.models import Order, OrderMark
from orders.sales.rules import OrderState
from tests.conftest import Cast
from tests.customercare.notices import kit
from tests.factories import NOW, make_order

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def hit_order(store: Store, **fields: Any) -> Order:
    return make_order(store, **{"region": "Odra", "expected_on": NOW.date() + timedelta(days=5), **fields})


def draft(**fields: object) -> IncidentDraft:
    given: dict[str, object] = {
        "title": "Flood on the Odra",
        "kind": "carrier",
        "selector": Selector(region="Odra"),
        "plan": kit.plan("delay"),
    }
    return IncidentDraft(**{**given, **fields})  # type: ignore[arg-type]


def opened(store: Store, actor: User, **fields: object) -> Incident:
    return services.open_incident(store=store, draft=draft(**fields), actor=actor, now=NOW)


def declared(incident: Incident, actor: User) -> Fanout:
    shown = services.preview(incident_id=incident.pk, now=NOW)
    return services.declare(
        incident_id=incident.pk, content_hash=shown.content_hash, typed_count=shown.message_n, actor=actor, now=NOW
    )


def test_opening_freezes_the_radius_with_reasons(store: Store, cast: Cast) -> None:
    hit_order(store, number="LATE")
    hit_order(store, number="OFF", state=OrderState.CANCELLED)
    make_order(store, number="DRY", region="Mazowieckie")
    incident = opened(store, cast.manager)
    rows = AffectedOrder.objects.filter(incident=incident)
    assert sorted(rows.values_list("order__number", "why", "excluded")) == [
        ("LATE", "region=Odra", ""),
        ("OFF", "region=Odra", "cancelled"),
    ]
    found = selectors.radius(incident)
    assert (found.affected, found.told, found.excluded) == (2, 1, {"cancelled": 1})


@pytest.mark.parametrize("role", ["staff", "agent", "auditor"])
def test_only_who_may_draft_opens_one(store: Store, cast: Cast, role: str) -> None:
    hit_order(store)
    with pytest.raises(Refusal, match="Your role may not"):
        opened(store, getattr(cast, role))
    assert Incident.objects.count() == AffectedOrder.objects.count() == 0


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"selector": Selector(supplier="NOBODY")}, "supplier"),
        ({"selector": Selector(carrier="nobody")}, "carrier"),
        ({"selector": Selector(sku="NOTHING")}, "sku"),
        ({"selector": Selector(region="Atlantis")}, "region"),
        ({"selector": Selector(orders=("X-1",))}, "orders"),
        ({"title": "   "}, "title"),
        ({"kind": "weather"}, "kind"),
        ({"mode": "maybe"}, "mode"),
    ],
)
def test_a_draft_that_cannot_be_meant_is_refused_in_place(
    store: Store, cast: Cast, fields: dict[str, object], field: str
) -> None:
    hit_order(store)
    with pytest.raises(Refusal) as refused:
        opened(store, cast.admin, **fields)
    assert refused.value.field == field
    assert Incident.objects.count() == Fanout.objects.count() == 0


def test_declaring_marks_the_orders_and_holds(store: Store, cast: Cast) -> None:
    kit.limits("admin")
    order = hit_order(store)
    make_order(store)
    fanout = declared(opened(store, cast.admin), cast.admin)
    incident = Incident.objects.get()
    assert (incident.status, fanout.state) == ("declared", "holding")
    assert list(OrderMark.objects.values_list("order", "kind", "ref")) == [(order.pk, "incident", incident.cause_ref)]
    assert AuditEntry.objects.filter(verb="incident.declare", actor=cast.admin).count() == 1


def test_a_shop_manager_may_draft_but_not_declare(store: Store, cast: Cast) -> None:
    hit_order(store)
    incident = opened(store, cast.manager)
    with pytest.raises(Refusal, match="Your role may not"):
        declared(incident, cast.manager)
    incident.refresh_from_db()
    assert incident.status == "draft"


def test_a_drill_leaves_no_mark(store: Store, cast: Cast) -> None:
    kit.limits("admin")
    hit_order(store)
    make_order(store)
    declared(opened(store, cast.admin, mode="drill"), cast.admin)
    assert OrderMark.objects.count() == 0


def test_an_incident_that_hits_nobody_is_explained_and_can_be_declared(store: Store, cast: Cast) -> None:
    kit.limits("admin")
    hit_order(store, state=OrderState.DELIVERED, delivered_at=NOW)
    make_order(store)
    fanout = declared(opened(store, cast.admin), cast.admin)
    assert (fanout.audience_n, fanout.message_n) == (0, 0)


def test_an_incident_that_hits_every_order_needs_the_typed_count(store: Store, cast: Cast) -> None:
    kit.limits("admin")
    hit_order(store)
    incident = opened(store, cast.admin)
    shown = services.preview(incident_id=incident.pk, now=NOW)
    with pytest.raises(Refusal, match="every order"):
        services.declare(
            incident_id=incident.pk, content_hash=shown.content_hash, typed_count=None, actor=cast.admin, now=NOW
        )
    assert Incident.objects.get().status == "draft"


def test_changing_the_scope_freezes_anew_and_voids_the_preview(store: Store, cast: Cast) -> None:
    hit_order(store)
    make_order(store, region="Wisła")
    incident = opened(store, cast.admin)
    shown = services.preview(incident_id=incident.pk, now=NOW)
    services.change_incident(
        incident_id=incident.pk, draft=draft(selector=Selector(region="Wisła")), seen_edits=0, actor=cast.admin, now=NOW
    )
    assert list(incident.affected.values_list("order__region", flat=True)) == ["Wisła"]
    with pytest.raises(Refusal, match="Preview"):
        services.declare(
            incident_id=incident.pk, content_hash=shown.content_hash, typed_count=1, actor=cast.admin, now=NOW
        )


def test_a_change_over_somebody_elses_change_is_refused(store: Store, cast: Cast) -> None:
    hit_order(store)
    incident = opened(store, cast.admin)
    for title in ("first", "second"):
        if title == "second":
            with pytest.raises(Refusal, match="Somebody else"):
                services.change_incident(
                    incident_id=incident.pk, draft=draft(title=title), seen_edits=0, actor=cast.manager, now=NOW
                )
        else:
            services.change_incident(
                incident_id=incident.pk, draft=draft(title=title), seen_edits=0, actor=cast.admin, now=NOW
            )
    assert Incident.objects.get().title == "first"


def test_leaving_an_order_out_needs_a_reason_and_can_be_taken_back(store: Store, cast: Cast) -> None:
    orders = [hit_order(store), hit_order(store)]
    incident = opened(store, cast.admin)
    with pytest.raises(Refusal, match="Say why"):
        services.exclude(incident_id=incident.pk, order_ids=[orders[0].pk], note=" ", actor=cast.admin, now=NOW)
    services.exclude(incident_id=incident.pk, order_ids=[orders[0].pk], note="called her", actor=cast.admin, now=NOW)
    assert services.preview(incident_id=incident.pk, now=NOW).message_n == 1
    services.include(incident_id=incident.pk, order_ids=[orders[0].pk], actor=cast.admin, now=NOW)
    assert services.preview(incident_id=incident.pk, now=NOW).message_n == 2


def test_drift_is_shown_and_adopted_on_purpose_for_the_new_ones_only(store: Store, cast: Cast) -> None:
    kit.limits("admin", alone="1000")
    plan = kit.plan("delay", rule="flat", rule_value=Decimal(5), budget_id=kit.budget(store).pk)
    first = [hit_order(store), hit_order(store)]
    make_order(store)
    incident = opened(store, cast.admin, plan=plan)
    declared(incident, cast.admin)
    assert selectors.drift(incident) == selectors.Drift(new=0, resolved=0)
    added = [hit_order(store) for _n in range(3)]
    first[0].state, first[0].delivered_at = Order.State.DELIVERED, NOW
    first[0].save()
    assert selectors.drift(incident) == selectors.Drift(new=3, resolved=1)
    with pytest.raises(Refusal, match="current wave"):
        services.adopt_drift(incident_id=incident.pk, actor=cast.admin, now=NOW)
    notices.drive(fanout_id=Fanout.objects.get().pk, now=LATER)
    second = services.adopt_drift(incident_id=incident.pk, actor=cast.admin, now=LATER)
    assert (second.wave, second.state) == (2, "draft")
    shown = services.preview(incident_id=incident.pk, now=LATER)
    assert (shown.audience_n, shown.message_n, shown.cost) == (3, 3, Decimal(15))
    services.declare(
        incident_id=incident.pk, content_hash=shown.content_hash, typed_count=3, actor=cast.admin, now=LATER
    )
    notices.drive(fanout_id=second.pk, now=LATER + timedelta(hours=1))
    assert Voucher.objects.count() == 5
    assert set(told_orders(second)) == {order.pk for order in added}
    assert Message.objects.count() == 5


def told_orders(fanout: Fanout) -> list[int]:
    return list(fanout.notices.values_list("order_id", flat=True))


def test_overlap_with_another_open_incident_is_counted(store: Store, cast: Cast) -> None:
    kit.limits("admin")
    hit_order(store)
    make_order(store)
    declared(opened(store, cast.admin), cast.admin)
    other = opened(store, cast.admin, title="Also")
    assert selectors.radius(other).overlapping == 1
    drill = opened(store, cast.admin, mode="drill", title="Practice")
    declared(drill, cast.admin)
    assert selectors.radius(other).overlapping == 1


def test_status_moves_one_allowed_step_at_a_time(store: Store, cast: Cast) -> None:
    kit.limits("admin")
    hit_order(store)
    make_order(store)
    incident = opened(store, cast.admin)
    with pytest.raises(Refusal):
        services.move(incident_id=incident.pk, status="resolved", actor=cast.admin, now=NOW)
    declared(incident, cast.admin)
    for status in ("contained", "stable", "resolved", "reviewed", "closed"):
        services.move(incident_id=incident.pk, status=status, actor=cast.admin, now=NOW)
    with pytest.raises(Refusal):
        services.move(incident_id=incident.pk, status="declared", actor=cast.admin, now=NOW)
    assert Incident.objects.get().resolved_at == NOW


def test_cancelling_a_draft_cancels_it_whole(store: Store, cast: Cast) -> None:
    hit_order(store)
    incident = opened(store, cast.admin)
    services.cancel(incident_id=incident.pk, actor=cast.admin, now=NOW)
    assert (Incident.objects.get().status, Fanout.objects.get().state) == ("cancelled", "cancelled")


def test_the_timeline_tells_who_did_what_and_what_people_noted(store: Store, cast: Cast) -> None:
    kit.limits("admin")
    hit_order(store)
    make_order(store)
    incident = opened(store, cast.admin)
    services.note(incident_id=incident.pk, text="Depot called back", actor=cast.manager, now=LATER)
    with pytest.raises(Refusal):
        services.note(incident_id=incident.pk, text="  ", actor=cast.manager, now=LATER)
    declared(incident, cast.admin)
    verbs = [moment.verb for moment in selectors.timeline(incident)]
    assert verbs[0] == "note"
    assert {"incident.open", "incident.declare", "fanout.confirm"} <= set(verbs)


def test_the_second_person_approves_through_the_incident(store: Store, cast: Cast) -> None:
    kit.limits("admin")
    kit.limits("shop_manager", approve="100")
    hit_order(store)
    make_order(store)
    plan = kit.plan("delay", rule="flat", rule_value=Decimal(5), budget_id=kit.budget(store).pk)
    incident = opened(store, cast.admin, plan=plan)
    waiting = declared(incident, cast.admin)
    assert waiting.state == "awaiting_approval"
    services.approve(incident_id=incident.pk, content_hash=waiting.content_hash, actor=cast.manager, now=NOW)
    assert Fanout.objects.get().state == "holding"


def test_an_incident_without_words_can_be_drafted_but_not_previewed(store: Store, cast: Cast) -> None:
    hit_order(store)
    incident = opened(store, cast.admin, plan=Plan())
    with pytest.raises(Refusal, match="Choose a macro"):
        services.preview(incident_id=incident.pk, now=NOW)
    assert fanouts.current(incident.cause_ref) is not None
