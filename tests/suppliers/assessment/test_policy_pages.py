"""The policy's pages: who reads and who writes, refusals in place, and a preview that is what saving then does."""

import re
import tomllib
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backoffice.kernel.models import AuditEntry
from backoffice.kernel.roles import Role
from suppliers.assessment import services as assessment
from suppliers.assessment.forms import PolicyForm
from suppliers.assessment.models import PolicyVersion, Scorecard, Standing
from suppliers.assessment.rules.policy import read
from suppliers.assessment.selectors.trying import try_out
from suppliers.directory.models import Supplier
from tests.conftest import ClientFor
from tests.factories.suppliers import make_supplier
from tests.suppliers.assessment import facts
from tests.suppliers.assessment.facts import TODAY
from tests.suppliers.assessment.kit import policy

pytestmark = pytest.mark.django_db
PAGE, EDIT = "/suppliers/policy/", "/suppliers/policy/new/"


@pytest.fixture
def acme() -> Supplier:
    """70 of 100 points in delivery and nothing else known: 50 % coverage, which is just enough."""
    facts.save_policy(coverage=30)
    supplier = make_supplier("ACME")
    facts.deliver(*[facts.delivery(f"PO-{n}", promised=100 + n) for n in range(10)])
    now = timezone.now()
    assessment.rescore(day=timezone.localdate(now), now=now)
    return supplier


@pytest.fixture
def admin(client_for: ClientFor) -> Client:
    return client_for(Role.ADMIN)


def typed(client: Client, **fields: Any) -> dict[str, Any]:
    """What a browser sends from the form, with these fields typed over; names with __ for -."""
    form = client.get(EDIT).context["form"]
    held = {
        bound.name: bound.field.prepare_value(bound.value()) for bound in form if bound.value() not in (None, "", [])
    }
    return held | {"note": "Stricter"} | {name.replace("__", "-"): value for name, value in fields.items()}


def preview(client: Client, **fields: Any) -> tuple[dict[str, Any], Any]:
    """What was sent, and the page that answered."""
    sent = typed(client, **fields)
    return sent, client.post(EDIT, sent | {"act": "preview"})


def save(client: Client, **fields: Any) -> Any:
    sent, page = preview(client, **fields)
    return client.post(EDIT, sent | {"act": "save", "previewed": page.context["preview"]["digest"]})


class TestReading:
    def test_everybody_who_sees_scores_sees_how_they_are_made(self, client_for: ClientFor, acme: Supplier) -> None:
        for role in (Role.SHOP_MANAGER, Role.SUPPORT_AGENT, Role.AUDITOR):
            html = client_for(role).get(PAGE).content.decode()
            for words in ("Version 1", "In force", "On time, in full", "Good", "Orders are blocked"):
                assert words in html
            assert "Change the policy" not in html

    def test_a_version_tells_what_differs_from_the_one_before(self, admin: Client, acme: Supplier) -> None:
        facts.save_policy(coverage=60)
        facts.save_policy(coverage=70)
        html = admin.get(f"{PAGE}2/").content.decode()
        assert "This version is no longer in force." in html
        assert "What differs from version 1" in html
        assert [(one.was, one.now) for one in admin.get(PAGE).context["told"]] == [("60", "70")]
        assert [(one.was, one.now) for one in admin.get(f"{PAGE}?against=1").context["told"]] == [("30", "70")]

    @pytest.mark.parametrize("query", ["?against=99", "?against=x", "?against=1"])
    def test_a_version_that_is_not_there_is_not_compared_with(self, admin: Client, acme: Supplier, query: str) -> None:
        assert admin.get(PAGE + query).context["told"] == []
        assert admin.get(f"{PAGE}9/").status_code == 404

    def test_without_a_policy_it_says_how_to_get_one(self, admin: Client) -> None:
        assert "No policy yet" in admin.get(PAGE).content.decode()
        assert admin.get(EDIT).status_code == 404


class TestForm:
    def test_every_value_of_the_seeded_policy_goes_in_and_out_unchanged(self) -> None:
        seeded = tomllib.loads((settings.BASE_DIR / "seeds" / "scorecard.toml").read_text(encoding="utf-8"))
        form = PolicyForm(body=seeded)
        held = {bound.name: bound.field.prepare_value(bound.initial) for bound in form}
        sent = PolicyForm(
            {name: value for name, value in held.items() if value is not None} | {"note": "x"}, body=seeded
        )
        assert sent.is_valid(), sent.errors
        assert sent.body() == seeded

    @pytest.mark.parametrize(
        ("fields", "field", "words"),
        [
            ({"quality__weight": "0", "delivery__weight": "0"}, "capacity-weight", "add up to nothing"),
            ({"otif__weight": "0", "days_late_p90__weight": "0"}, "otif-weight", "add up to nothing"),
            ({"otif__target": "50"}, "otif-target", "Set two different values"),
            ({"otif__limit": ""}, "otif-limit", "enter a number"),
            ({"otif__minimum": "0"}, "otif-minimum", "have to be 1 or more"),
            ({"band__1__from": "45"}, "band-1-from", "without a gap"),
            ({"band__2__to": "99"}, "band-2-to", "without a gap"),
            ({"band__0__to": "0"}, "band-0-to", "without a gap"),
            ({"band__0__to": ""}, "band-0-to", "enter a number"),
            ({"coverage": "101"}, "coverage", "from 0 to 100"),
            ({"period_days": "0"}, "period_days", "one day or more"),
            ({"margin": "ten"}, "margin", "Points by which two assessors may differ"),
            ({"note": ""}, "note", "what changes, and why"),
        ],
    )
    def test_what_is_wrong_is_said_where_it_stands(
        self, admin: Client, acme: Supplier, fields: dict[str, Any], field: str, words: str
    ) -> None:
        before = AuditEntry.objects.count()
        _sent, page = preview(admin, **fields)
        assert page.status_code == 422
        assert words in " ".join(page.context["form"].errors[field])
        assert PolicyVersion.objects.count() == 1
        assert AuditEntry.objects.count() == before

    def test_nothing_changed_is_no_version(self, admin: Client, acme: Supplier) -> None:
        _sent, page = preview(admin)
        assert "Nothing differs from version 1." in page.content.decode()

    def test_text_stays_text(self, admin: Client, acme: Supplier) -> None:
        evil = "<script>alert(1)</script>"
        save(admin, coverage="40", band__2__label=evil, note=evil)
        assert "<script>alert" not in admin.get(PAGE).content.decode()
        assert "<script>alert" not in admin.get(EDIT).content.decode()


class TestPreview:
    def test_it_says_who_would_stand_elsewhere_and_writes_nothing(self, admin: Client, acme: Supplier) -> None:
        make_supplier("QUIET")
        now = timezone.now()
        assessment.rescore(day=timezone.localdate(now), now=now)
        cards = Scorecard.objects.count()
        _sent, page = preview(admin, coverage="60")
        html = page.content.decode()
        assert "1 of 2 suppliers would stand elsewhere" in html
        assert "Good" in html
        assert "Not enough data" in html
        assert "Orders need approval" in html
        assert PolicyVersion.objects.count() == 1
        assert Scorecard.objects.count() == cards
        assert Standing.objects.get(supplier=acme).standing == "good"

    def test_saving_does_what_was_seen(self, admin: Client, acme: Supplier) -> None:
        _sent, page = preview(admin, coverage="60")
        [moved] = page.context["preview"]["tried"].moved
        assert save(admin, coverage="60").url == PAGE
        now = timezone.now() + timedelta(days=1)
        assessment.rescore(day=timezone.localdate(now), now=now)
        row = Standing.objects.get(supplier=acme)
        assert (row.standing, row.consequence) == (moved.standing, moved.consequence) == ("not_enough_data", "approval")
        version = PolicyVersion.objects.latest("number")
        assert (version.number, version.note, version.body["coverage"]) == (2, "Stricter", 60)
        assert version.saved_by is not None

    def test_what_differs_from_the_preview_is_shown_again_and_not_saved(self, admin: Client, acme: Supplier) -> None:
        sent, page = preview(admin, coverage="60")
        again = admin.post(
            EDIT, sent | {"act": "save", "coverage": "70", "previewed": page.context["preview"]["digest"]}
        )
        assert "Something differs from what you had looked at." in again.content.decode()
        assert PolicyVersion.objects.count() == 1

    def test_enter_looks_and_never_saves(self, admin: Client, acme: Supplier) -> None:
        """A browser presses the first button of a form for Enter."""
        _sent, page = preview(admin, coverage="60")
        buttons = re.findall(r'<button[^>]*name="act" value="(\w+)"', page.content.decode())
        assert buttons == ["preview", "save", "preview"]

    def test_nothing_is_saved_unseen(self, admin: Client, acme: Supplier) -> None:
        admin.post(EDIT, typed(admin, coverage="60") | {"act": "save"})
        assert PolicyVersion.objects.count() == 1

    def test_a_version_that_came_meanwhile_is_not_overwritten(self, admin: Client, acme: Supplier) -> None:
        sent, page = preview(admin, coverage="60")
        facts.save_policy(coverage=35)
        refused = admin.post(EDIT, sent | {"act": "save", "previewed": page.context["preview"]["digest"]})
        assert refused.status_code == 422
        assert "Another version came into force meanwhile." in refused.content.decode()
        assert PolicyVersion.objects.latest("number").body["coverage"] == 35

    def test_a_rise_that_waits_is_counted_and_no_move(self, acme: Supplier) -> None:
        """A score of 100 under a policy whose best band begins above it does not rise at once when that band widens."""
        facts.save_policy(coverage=30, bands=[
            {"key": "poor", "label": "Poor", "from": 0, "to": 40, "consequence": "block", "may_override": []},
            {"key": "fair", "label": "Fair", "from": 40, "to": 100, "consequence": "warn", "may_override": []},
        ])  # fmt: skip
        now = timezone.now()
        assessment.rescore(day=timezone.localdate(now), now=now)
        found = try_out(policy(coverage=30, bands=[
            {"key": "poor", "label": "Poor", "from": 0, "to": 40, "consequence": "block", "may_override": []},
            {"key": "fair", "label": "Fair", "from": 40, "to": 70, "consequence": "warn", "may_override": []},
            {"key": "good", "label": "Good", "from": 70, "to": 100, "consequence": "none", "may_override": []},
        ]), day=timezone.localdate(now))  # fmt: skip
        assert (found.moved, found.rising) == ([], 1)

    def test_many_suppliers_cost_as_many_statements_as_few(self) -> None:
        facts.save_policy()
        found, _problems = read(PolicyVersion.objects.get().body)
        assert found is not None
        counts = []
        for _round in range(2):
            for _each in range(8):
                make_supplier()
            assessment.rescore(day=TODAY, now=timezone.now())
            with CaptureQueriesContext(connection) as queries:
                try_out(found, day=TODAY)
            counts.append(len(queries))
        assert counts[0] == counts[1]


class TestWho:
    @pytest.mark.parametrize("role", [Role.SHOP_MANAGER, Role.SHOP_STAFF, Role.SUPPORT_AGENT, Role.AUDITOR])
    def test_only_admins_edit(self, client_for: ClientFor, acme: Supplier, role: Role) -> None:
        client = client_for(role)
        assert client.get(EDIT).status_code == 403
        assert client.post(EDIT, {"act": "save"}).status_code == 403
        assert PolicyVersion.objects.count() == 1
