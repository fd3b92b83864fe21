"""One small world that every page has something to show of: each stage of an incident, each kind of outcome."""

import tomllib
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils import timezone

from backoffice.kernel import keys
from backoffice.kernel.models import Limit, Store, User
from backoffice.kernel.roles import Role
from backoffice.messaging import suppressions
from backoffice.messaging.models import Message, Outbound
from customercare.compensation.models import Budget, Grant
from customercare.incidents import services as incidents
from customercare.incidents.models import Incident
from customercare.incidents.rules import IncidentDraft
from customercare.macros import selectors as macros
from customercare.macros import services as macro_services
from customercare.notices import samples
from customercare.notices import services as notices
from customercare.notices.models import Fanout
from customercare.notices.rules import Plan
from customercare.vouchers.models import Voucher
from orders.reach.rules import Selector
from orders.sales.models import Order
from orders.stock.models import StockLevel
from orders.stock.rules import Wanted
from orders.stock.services import counting, goods, holds, places, transfers
from orders.stock.services.counting import Counted
from orders.stock.services.goods import Arrival
from suppliers.assessment import services as assessment
from suppliers.assessment.rules.drafts import AssessmentDraft, EventDraft
from suppliers.assessment.rules.metrics import Dimension
from suppliers.catalog.rules import Break
from suppliers.continuity import services as continuity
from suppliers.contracts.rules.measuring import Metric
from suppliers.directory.models import Supplier
from suppliers.questionnaires import services as questionnaires
from tests.customercare.notices import kit
from tests.factories import make_line, make_order, make_parcel, make_store, make_try, make_user
from tests.factories.suppliers import make_certificate, make_contact, make_item, make_prospect, make_supplier, make_talk
from tests.suppliers.assessment import actions, facts
from tests.suppliers.continuity.kit import exposure, verify
from tests.suppliers.contracts import kit as contracts
from tests.suppliers.imports import kit as imports
from tests.suppliers.questionnaires import desk
from tests.suppliers.questionnaires.kit import ALL_WELL

# What runs when any page or mail shows it as HTML.
HOSTILE = '<img src=x onerror="window.hostile=1"><script>window.hostile=1</script>'
LONG_POLISH = "Konstantynopolitańczykowianeczka Brzęczyszczykiewicz-Gżegżółkowska"
CONTACTS: list[dict[str, Any]] = [
    {"name": "Ewa Nowak", "language": "pl"},
    {"name": "歐陽靜文", "language": "zh-hant"},
    {"name": "司马相如", "language": "zh-hans"},
    {"name": LONG_POLISH, "language": "pl"},
    {"name": "Ann Smith", "language": "en"},
    {"name": "Bob O'Neill", "language": "en"},
]
World = dict[str, Any]


class Builder:
    """Builds the world at one moment; ids of what was built are collected in `world`."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.world: World = {}
        Outbound.objects.get_or_create(pk=1)
        self.store: Store = make_store("kettle")
        self.ada: User = make_user(Role.ADMIN, "ada", name="Ada Admin")
        self.bea: User = make_user(Role.ADMIN, "bea", name="Bea Beside")
        self.agent: User = make_user(Role.SUPPORT_AGENT, "agata", name="Agata Agent")
        kit.limits(Role.ADMIN, alone="20.00", approve="100000.00")
        kit.limits(Role.SUPPORT_AGENT, messages=1000)
        self.budget: Budget = kit.budget(self.store, "5000.00")

    def build(self) -> World:
        self._orders()
        self._suppliers()
        self._stock()
        self._people()
        self._incidents()
        self._bulk()
        self._macros()
        self._office()
        return self.world

    # --- Orders ------------------------------------------------------------------------------------

    def _order(self, region: str, **fields: Any) -> Order:
        given: dict[str, Any] = {
            "region": region,
            "placed_at": self.now - timedelta(days=6),
            "promised_at": self.now - timedelta(days=2),
            "total": Decimal("59.00"),
        }
        return make_order(self.store, now=self.now, **given | fields)

    def _orders(self) -> None:
        lines = (
            make_line(1, title=HOSTILE, sku="EVIL-1"),
            make_line(2, title="陶瓷茶壶（大号，配保温套）", sku="TEA-2", quantity=12, unit_price=Decimal("1234.50")),
        )
        order = self._order(
            "Śląskie", number="H-1", lines=lines, language="pl", name=f"{LONG_POLISH} {HOSTILE}"[:200],
            total=Decimal("14873.00"), expected_on=(self.now + timedelta(days=4)).date(),
        )  # fmt: skip
        make_parcel(order, number="DPD-1")
        plain = self._order("Opolskie", number="P-1", **CONTACTS[1])
        self.world |= {"order": order.pk, "order_plain": plain.pk, "token": order.public_token}
        self.world["token_plain"] = plain.public_token

    def _suppliers(self) -> None:
        """One that has everything, hostile words and long names included, and one that has nothing."""
        today = self.now.date()
        supplier = make_supplier(
            "KONSTANTYNOPOL", name=f"{LONG_POLISH} {HOSTILE}"[:200], legal_name="陶瓷茶壶有限公司", cadence_days=14,
            languages=("en", "zh-hans"), notes=f"{HOSTILE}\nPays in złoty.",
        )  # fmt: skip
        contact = make_contact(
            supplier, LONG_POLISH, role="Kierowniczka eksportu", email=f"{'k' * 60}@konstantynopol.example",
            phone="+48 600 100 200", for_orders=True, for_quality=True, for_invoices=True, for_emergencies=True,
        )  # fmt: skip
        paper = make_certificate(supplier, until=today + timedelta(days=20), issuer="Biuro Przykład")
        make_certificate(supplier, until=today - timedelta(days=3), kind="licence", is_critical=True)
        make_talk(supplier, today - timedelta(days=30), said=f"{HOSTILE} The next lot leaves on Monday.")
        steps = (Break(100, Decimal("1111.25")), Break(5_000, Decimal("999.50")))
        item = make_item(supplier, "TEA-2", price=Decimal("1234.50"), breaks=steps, moq=50, order_multiple=12)
        plain = make_supplier("PLAIN")
        backup = make_item(plain, "TEA-2", price=Decimal("1300.00"), capacity_per_week=400)
        verify(backup, now=self.now, supplier_capacity_per_week=90)
        told = exposure("KONSTANTYNOPOL", "TEA-2", open_quantity=300, stock=Decimal(20))
        continuity.record_exposure(source="test", drafts=[told], actor=None, now=self.now)
        switch = continuity.draft_switch(supplier_id=supplier.pk, currency="PLN", rates={}, actor=None, now=self.now)
        continuity.declare_default(supplier_id=supplier.pk, why=f"{HOSTILE} {LONG_POLISH}", actor=None, now=self.now)
        prospect = make_prospect(LONG_POLISH, country="CN", contact_name="王小明", source_detail="Canton Fair 2026")
        self.world |= {
            "supplier": supplier.pk,
            "supplier_plain": plain.pk,
            "contact": contact.pk,
            "certificate": paper.pk,
            "item": item.pk,
            "product": item.product_id,
            "prospect": prospect.pk,
            "switch": switch.pk,
        }
        self._score(supplier)
        self._contracts(supplier)
        self._imports()
        self._ask(supplier, plain)

    def _imports(self) -> None:
        """A file whose columns are to be named, one with rows to mend, and one that is in."""
        row = {"supplier_code": "PLAIN"}
        hostile = {"supplier_code": HOSTILE[:60], "key": LONG_POLISH, "value": "sześć"}
        told: dict[str, Any] = {"name": f"{HOSTILE}.csv", "actor": self.ada, "now": self.now}
        wide = "R-9,PLAIN,stars\n"
        waiting = imports.start(imports.table("ratings", row), **told)
        mended = imports.start(imports.table("ratings", row, hostile, hostile | {"key": "R-7"}) + wide, **told)
        done = imports.run(imports.check(imports.table("ratings", row | {"key": "R-8"})), now=self.now)
        imports.name_columns(mended)
        self.world |= {"import_columns": waiting.pk, "import_rows": mended.pk, "import_done": done.pk}

    def _ask(self, supplier: Supplier, plain: Supplier) -> None:
        """Sheets: one that we fill in, one that a supplier answers by a link, and one that waits for a review."""
        ours = desk.save(desk.start(supplier, by="staff"), ALL_WELL | {"remarks": f"{HOSTILE} {LONG_POLISH}"})
        theirs = desk.save(desk.start(plain, language="pl"), ALL_WELL | {"checks": ["checks_none"]})
        link = questionnaires.issue_link(sheet_id=theirs.pk, actor=None, now=self.now)
        done = desk.submitted(desk.start(make_supplier("ASKED")), remarks=f"{HOSTILE} {LONG_POLISH}")
        closed = desk.start(make_supplier("CLOSED"))
        over = questionnaires.issue_link(sheet_id=closed.pk, actor=None, now=self.now)
        desk.submitted(closed)
        self.world |= {
            "sheet_ours": ours.pk,
            "sheet_theirs": theirs.pk,
            "sheet_done": done.pk,
            "sheet_token": link.token,
            "sheet_token_over": over.token,
        }

    def _stock(self) -> None:
        """An article with everything on its page, one that is stopped, and transfers at each step."""
        day = self.now.date()
        for code, name in (("WRO", f"{LONG_POLISH} {HOSTILE}"[:200]), ("GDA", "陶瓷茶壶仓库")):
            places.ensure_warehouse(code=code, name=name, actor=None, now=self.now)
        supplier = Supplier.objects.get(code="PLAIN").pk
        given: dict[str, Any] = {"actor": None, "now": self.now}
        arrivals = [
            Arrival("TEA-2", 1_240, lot="L-2026-11", supplier_id=supplier, expires_on=day + timedelta(days=40)),
            Arrival("TEA-2", 12, lot=HOSTILE[:60], expires_on=day - timedelta(days=1), to_judge=True),
            Arrival("EVIL-1", 2),
        ]
        goods.receive(key="in", warehouse="WRO", arrivals=arrivals, ref=HOSTILE[:80], **given)
        goods.expect(key="po", sku="TEA-2", warehouse="GDA", quantity=600, due_on=day, ref=HOSTILE[:80], **given)
        later = self.now + timedelta(hours=1)
        for key, sku in (("cart-1", "TEA-2"), ("cart-2", "EVIL-1")):
            holds.reserve(key=key, ref=HOSTILE[:80], lines=[Wanted(sku, 2)], expires_at=later, now=self.now)
        holds.allocate(key="sold", ref="order:H-1", lines=[Wanted("TEA-2", 12)], now=self.now)
        counting.count(key="count", lines=[Counted("TEA-2", "WRO", 1_250)], reason=f"{HOSTILE} {LONG_POLISH}", **given)
        moved = [
            transfers.draft(
                source="WRO", destination="GDA", lines=[Wanted("TEA-2", 60)], note=f"{HOSTILE} {LONG_POLISH}", **given
            ).pk
            for _each in range(2)
        ]
        transfers.send(transfer_id=moved[1], **given)
        level = StockLevel.objects.get(product__sku="TEA-2", warehouse__code="WRO")
        self.world |= {
            "article": level.product_id,
            "article_stopped": StockLevel.objects.get(product__sku="EVIL-1").product_id,
            "level": level.pk,
            "transfer_draft": moved[0],
            "transfer_sent": moved[1],
        }

    def _score(self, supplier: Supplier) -> None:
        """Facts of every kind, revisions of several days, an assessment, an event and a draft."""
        body = tomllib.loads((settings.BASE_DIR / "seeds" / "scorecard.toml").read_text(encoding="utf-8"))
        assessment.save_policy(body=body, note="", actor=None, now=self.now)
        other = body | {"coverage": 35, "margin": 12}
        assessment.save_policy(body=other, note=f"{HOSTILE} {LONG_POLISH}"[:200], actor=self.ada, now=self.now)
        code, today = supplier.code, timezone.localdate(self.now)
        facts.every_kind(code)
        assessment.rescore(day=today - timedelta(days=2), now=self.now)
        late = [facts.delivery(f"PO-1042-{HOSTILE}"[:80], 9, code=code), facts.delivery("PO-1043", None, code=code)]
        facts.deliver(*late)
        assessment.rescore(day=today - timedelta(days=1), now=self.now)
        given: dict[str, Any] = {"supplier_id": supplier.pk, "actor": None, "now": self.now}
        points = dict.fromkeys(Dimension, 70)
        made, until = today - timedelta(days=9), today + timedelta(days=300)
        draft = AssessmentDraft("site_visit", made, until, points, evidence=f"{HOSTILE} {LONG_POLISH}")
        done = assessment.start_assessment(draft=draft, **given)
        assessment.submit_assessment(assessment_id=done.pk, version=1, actor=None, now=self.now)
        event = EventDraft("safety", made, f"{HOSTILE} {LONG_POLISH}"[:200], ended_on=today)
        self.world["event"] = assessment.add_event(draft=event, **given).pk
        self._correct(supplier)
        self.world["assessment"] = assessment.start_assessment(draft=draft, **given).pk

    def _correct(self, supplier: Supplier) -> None:
        """One request that nobody has answered in time, and one whose second answer waits for us."""
        then = self.now - timedelta(days=20)
        given: dict[str, Any] = {"due_on": self.now.date() - timedelta(days=3), "owner_id": self.ada.pk}
        words = f"{HOSTILE} {LONG_POLISH}"[:200]
        actions.ask(supplier, now=then, **given)
        row = actions.ask(supplier, now=then, what=words, asked=words, cause_ref=LONG_POLISH[:80], **given)
        row = actions.reject(actions.answer(row, then.date(), now=then), now=self.now, due_on=self.now.date())
        self.world["action"] = actions.answer(row, self.now.date(), now=self.now, answer=words).pk

    def _contracts(self, supplier: Supplier) -> None:
        """A contract with a missed month that is claimed, and rows of each kind."""
        contract = contracts.make_contract(
            supplier, contracts.level_draft(clause=HOSTILE[:60]),
            contracts.level_draft(Metric.LOTS_REJECTED, 5, minimum=1),
            number=f"RC {HOSTILE}"[:60], title=LONG_POLISH[:200], note=HOSTILE, liability_cap=Decimal(90_000),
        )  # fmt: skip
        contracts.october(2, 8, prefix="O", code=supplier.code)
        contracts.check(timezone.localdate(self.now))
        self.world |= {
            "contract": contract.pk,
            "level": contract.levels.order_by("pk")[0].pk,
            "breach": contract.breaches.order_by("pk")[0].pk,
            "claim": contracts.free_claim(supplier, contract_id=contract.pk, reason=HOSTILE).pk,
        }

    def _people(self) -> None:
        """Those whom every incident hits: lists stay short, and incidents overlap."""
        self.late = [self._order("Odra", **CONTACTS[place % len(CONTACTS)]).number for place in range(9)]

    # --- Incidents ---------------------------------------------------------------------------------

    def _plan(self, voucher: str = "", *, macro: str = "goodwill") -> Plan:
        plan = Plan(macro_version_id=kit.approved_macro(macro).pk, budget_id=self.budget.pk)
        return replace(plan, rule="flat", rule_value=Decimal(voucher)) if voucher else plan

    def _incident(
        self, name: str, title: str, *, amount: int, plan: Plan, preview: bool = True, mode: str = "real"
    ) -> int:
        selector = Selector(orders=(*self.late[:amount], "H-1"))
        draft = IncidentDraft(title=title, kind="carrier", selector=selector, plan=plan, mode=mode)
        incident = incidents.open_incident(store=self.store, draft=draft, actor=self.ada, now=self.now)
        if preview:
            incidents.preview(incident_id=incident.pk, now=self.now)
        self.world[f"incident_{name}"] = incident.pk
        return incident.pk

    def _fanout(self, incident_id: int) -> Fanout:
        return Fanout.objects.get(cause_ref=Incident.objects.get(pk=incident_id).cause_ref)

    def _declare(self, incident_id: int) -> Fanout:
        shown = self._fanout(incident_id)
        incidents.declare(
            incident_id=incident_id,
            content_hash=shown.content_hash,
            typed_count=shown.message_n,
            actor=self.ada,
            now=self.now,
        )
        return self._fanout(incident_id)

    def _start(self, fanout: Fanout) -> list[Message]:
        """Past the hold, every message planned, the first part gone well, the rest waiting."""
        Fanout.objects.filter(pk=fanout.pk).update(hold_until=self.now - timedelta(seconds=1))
        notices.drive(fanout_id=fanout.pk, now=self.now)
        rows = Message.objects.filter(batch__cause_ref=fanout.cause_ref)
        gone = "handed_over" if fanout.mode == "drill" else "sent"
        rows.filter(is_canary=True).update(state=gone)
        notices.drive(fanout_id=fanout.pk, now=self.now)
        return list(rows.filter(is_canary=False).order_by("pk"))

    def _incidents(self) -> None:
        plain, costly = self._plan(), self._plan("5.00")
        self._incident("draft", "A drawer of unread letters", amount=2, plan=plain, preview=False)
        self._incident("undecided", "New dates are not known", amount=5, plan=self._plan(macro="delay"))
        self._incident("previewed", f"Powódź we Wrocławiu {HOSTILE}"[:200], amount=3, plan=costly)
        waiting = self._incident("waiting", "Above the limit of one person", amount=7, plan=costly)
        self._declare(waiting)
        self._declare(self._incident("holding", "Held for half a minute", amount=4, plan=plain))
        drill = self._start(self._declare(self._incident("drill", "A drill", amount=9, plan=plain, mode="drill")))
        self.world["message_drill"] = drill[0].pk
        self._start(self._declare(self._incident("running", "On its way", amount=9, plan=plain)))
        paused = self._declare(self._incident("paused", "Stopped by hand", amount=9, plan=plain))
        self._start(paused)
        notices.pause(fanout_id=paused.pk, reason="person", actor=self.ada, now=self.now)
        self._completed()
        cancelled = self._incident("cancelled", "Called off", amount=2, plan=plain)
        incidents.cancel(incident_id=cancelled, actor=self.ada, now=self.now)
        for name in ("undecided", "previewed", "waiting"):
            fanout = self._fanout(self.world[f"incident_{name}"])
            self.world[f"leader_{name}"] = samples.pick(fanout, today=self.now.date())[0].leader

    def _completed(self) -> None:
        """All but two arrived; one was refused, one nobody knows of. The hostile order is among them."""
        pk = self._incident("completed", "Ended with failures", amount=8, plan=self._plan("2.00"))
        incidents.note(
            incident_id=pk, text="Called the carrier: the depot opens on Monday.", actor=self.ada, now=self.now
        )
        fanout = self._declare(pk)
        rest = self._start(fanout)
        Message.objects.filter(pk__in=[message.pk for message in rest]).update(state="sent")
        Message.objects.filter(pk=rest[0].pk).update(state="failed", reason="550 5.1.1 no such user")
        Message.objects.filter(pk=rest[1].pk).update(
            state="uncertain", reason="The connection broke after the text left"
        )
        make_try(rest[0], "failed", at=self.now, code=550, reply="5.1.1 no such user")
        make_try(rest[1], "uncertain", at=self.now)
        make_try(rest[2], "sent", at=self.now, code=250, reply="queued")
        notices.drive(fanout_id=fanout.pk, now=self.now)
        self.world |= {f"message_{name}": rest[n].pk for n, name in enumerate(("failed", "uncertain", "sent"))}

    # --- What agents do ----------------------------------------------------------------------------

    def _bulk(self) -> None:
        for name in ("send_check", "send_running"):
            fanout = notices.open_bulk(
                store=self.store,
                title=f"Parcels that wait {name}",
                source="SELECT id, 'late' FROM orders_order WHERE region = %s",
                params=["Odra"],
                plan=self._plan(),
                actor=self.agent,
                now=self.now,
            )
            notices.preview(fanout_id=fanout.pk, today=self.now.date())
            fanout.refresh_from_db()
            self.world[name] = fanout.pk
            self.world[f"leader_{name}"] = samples.pick(fanout, today=self.now.date())[0].leader
        self._start(kit.confirmed(fanout, self.agent, now=self.now))

    # --- The office ----------------------------------------------------------------------------------

    def _macros(self) -> None:
        kit.approved_macro("stock_out")
        version = kit.approved_macro("goodwill")
        draft = replace(macros.draft_of(version), folder="Goodwill::Bardzo długa nazwa dla małego gestu dobrej woli")
        macro_services.save_draft(draft=draft, actor=self.agent, now=self.now)
        self.world |= {"macro": version.macro_id, "macro_plain": kit.approved_macro("stock_out").macro_id}

    def _office(self) -> None:
        listed = suppressions.add(
            address="nobody@example.com", category="", reason="Asked by phone", actor=self.ada, now=self.now
        )
        key = keys.issue(
            name="Shop checkout", scopes=["vouchers.redeem"], store=self.store, created_by=self.ada, now=self.now
        )
        self.world |= {
            "suppression": listed.pk,
            "key": key.key.pk,
            "user": self.agent.pk,
            "store": self.store.pk,
            "limit": Limit.objects.earliest("pk").pk,
            "budget": self.budget.pk,
            "grant": Grant.objects.earliest("pk").pk,
            "voucher": Voucher.objects.earliest("pk").pk,
        }
