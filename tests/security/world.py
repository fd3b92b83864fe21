"""One of everything that an address can name, and who knocks at it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.test import Client
from django.utils import timezone

from backoffice.kernel import access, audit, keys
from backoffice.kernel.models import Approval, AuditEntry, Limit, Store
from backoffice.kernel.roles import Role
from backoffice.messaging import suppressions
from backoffice.messaging.models import Message
from customercare.compensation.models import Grant
from customercare.incidents.models import Incident
from customercare.macros.models import Macro
from customercare.notices.models import Fanout, Notice
from orders.sales.models import Order
from orders.stock.rules import Wanted
from orders.stock.services import transfers
from suppliers.assessment import services as assessment
from suppliers.catalog.rules import Break
from suppliers.continuity import services as continuity
from suppliers.directory.models import Supplier
from suppliers.questionnaires import services as questionnaires
from tests.conftest import BACKEND, Cast
from tests.customercare.incidents import kit as incidents
from tests.customercare.notices import kit as notices
from tests.customercare.vouchers import kit as vouchers
from tests.factories import NOW, make_batch, make_message, make_order
from tests.factories.suppliers import make_certificate, make_contact, make_item, make_prospect, make_supplier, make_talk
from tests.orders.stock import kit as stock
from tests.security.routes import Route
from tests.suppliers.assessment import actions
from tests.suppliers.assessment import facts as assessments
from tests.suppliers.continuity.kit import exposure, verify
from tests.suppliers.contracts import kit as contracts
from tests.suppliers.imports import kit as imports
from tests.suppliers.questionnaires import desk

STAFF = {
    "agent": Role.SUPPORT_AGENT,
    "staff": Role.SHOP_STAFF,
    "manager": Role.SHOP_MANAGER,
    "admin": Role.ADMIN,
    "auditor": Role.AUDITOR,
}
# What an item costs us: a figure that stands nowhere else.
COST = Decimal("7391.55")
ROLES = ("anonymous", "customer", *STAFF, "key")


@dataclass(frozen=True, slots=True)
class World:
    """What exists, by the name under which addresses ask for it."""

    order: Order
    other: Order
    message: Message
    send: Fanout
    wave: Fanout
    key_token: str
    sheet_token: str
    evidence_key: str
    by_model: dict[str, int]

    def url(self, route: Route) -> str:
        """The address of a page about objects that exist."""
        needs = {"admin:customercare_macro_frame": f"?order={self.order.number}"}
        return route.url({name: self._value(route.name, name) for name in route.arguments}) + needs.get(route.name, "")

    def _value(self, name: str, argument: str) -> Any:
        space, _colon, page = name.partition(":")
        fixed = {
            "token": self.sheet_token if space == "sheet" else self.order.public_token,
            "key": self.evidence_key,
            "leader": leader_of(self.wave if space == "admin" else self.send),
            "message": self.message.pk,
            "verb": "pause",
            "number": 1,
            "language": "en",
            "kind": "main",
            "dimension": "delivery",
            "step": "send",
            "app_label": "customercare",
            "content_type_id": "1",
            "url": "no-such-page",
            "name": {"act": "answer"}.get(page, "resend" if page.endswith("settle") else "pause"),
        }
        if argument in fixed:
            return fixed[argument]
        if space == "admin":
            return next((pk for model, pk in self.by_model.items() if f"_{model}_" in page), 1)
        if space == "contracts":
            return self._of_a_contract(page)
        if space in ("suppliers", "assessment", "continuity", "questionnaires", "directory", "catalog"):
            return self._of_a_supplier(page)
        if space == "stock":
            return self._of_stock(page)
        of_space = {
            "imports": self.by_model["importsession"],
            "messaging": self.message.pk,
            "notices": self.send.pk,
            "sales": self.order.pk,
        }
        return self.order.pk if page == "order-panel" else of_space[space]

    def _of_a_contract(self, page: str) -> int:
        """The row that a page about contracts names."""
        named = {
            "of-supplier": "supplier",
            "add": "supplier",
            "add-claim": "supplier",
            "edit-level": "servicelevel",
            "end-level": "servicelevel",
            "breach": "breach",
            "waive": "breach",
            "claim": "supplierclaim",
            "edit-claim": "supplierclaim",
            "move": "supplierclaim",
            "add-recovery": "supplierclaim",
            "pdf": "supplierclaim",
            "csv": "supplierclaim",
        }
        return self.by_model[named.get(page, "contract")]

    def _of_stock(self, page: str) -> int:
        """The row that a page about stock names; most name the article."""
        named = {"adjust": "stocklevel", "transfer": "transfer", "send": "transfer", "receive": "transfer"}
        return self.by_model[named.get(page, "stockproduct")]

    def _of_a_supplier(self, page: str) -> int:
        """The row that a page about suppliers names; most name the supplier itself."""
        named = {
            "edit-contact": "suppliercontact",
            "edit-certificate": "certificate",
            "prospect": "prospect",
            "edit-prospect": "prospect",
            "turn": "prospect",
            "change": "assessment",
            "submit": "assessment",
            "edit-event": "criticalevent",
            "action": "correctiveaction",
            "change-action": "correctiveaction",
            "act": "correctiveaction",
            "sheet": "answersheet",
            "fill": "answersheet",
            "review": "answersheet",
            "send-back": "answersheet",
            "issue": "answersheet",
            "revoke": "answersheet",
            "close": "answersheet",
            "edit-item": "supplieritem",
            "move": "supplieritem",
            "product": "product",
            "prices": "product",
            "verify": "supplieritem",
            "plan": "switchover",
            "confirm": "switchover",
            "undo": "switchover",
        }
        return self.by_model[named.get(page, "supplier")]


def build(store: Store, cast: Cast) -> World:
    """A small shop on a bad day, with every kind of row an address can name."""
    order, other = make_order(store, email="ewa@example.com"), make_order(store)
    voucher = vouchers.give(store).voucher
    batch = make_batch(store)
    incident = incidents.make_incident(store, cast.admin)
    send = notices.previewed(store, cast.admin, [order, other], wanted=notices.plan("goodwill"))
    issued = keys.issue(name="checkout", scopes=["vouchers:redeem"], store=store, created_by=cast.admin, now=NOW)
    audit.record(actor=cast.admin, verb="test", subject="order:1", now=NOW)
    grant = Grant.objects.create(
        order=order, cause_ref="incident:1", kind="voucher", amount=Decimal(5), currency="PLN", why="test",
        state="granted",
        created_at=NOW,
    )  # fmt: skip
    rows = {
        "user": cast.agent.pk,
        "store": store.pk,
        "limit": Limit.objects.create(role="support_agent", kind="grant_run", amount=Decimal(10)).pk,
        "apikey": issued.key.pk,
        "approval": Approval.objects.create(
            kind="grant_run",
            subject_ref="fanout:0",
            hash="0" * 64,
            title="Late parcels",
            requested_by=cast.admin,
            requested_at=NOW,
        ).pk,
        "auditentry": AuditEntry.objects.latest("pk").pk,
        "suppression": suppressions.add(
            address="no@example.com", category="", reason="asked", actor=cast.admin, now=NOW
        ).pk,
        "budget": incidents.make_budget(store).pk,
        "grant": grant.pk,
        "incident": incident.pk,
        "voucher": voucher.pk,
        "macro": Macro.objects.latest("pk").pk,
    }
    rows |= supplier_rows() | stock_rows()
    token, key = asked_rows(rows)
    return World(
        order=order, other=other, message=make_message(batch), send=send, wave=incidents_wave(incident),
        key_token=issued.token, by_model=rows, sheet_token=token, evidence_key=key,
    )  # fmt: skip


def supplier_rows() -> dict[str, int]:
    """One supplier with one of everything, and a prospect."""
    supplier = make_supplier("TATRA", cadence_days=30, notes="Pays in złoty.")
    item = make_item(supplier, price=COST, breaks=(Break(100, COST - 1),))
    backup = make_item(make_supplier("SUDETY"), price=COST)
    verify(backup)
    told = exposure("TATRA", "KETTLE-1")
    continuity.record_exposure(source="test", drafts=[told], actor=None, now=NOW)
    switch = continuity.draft_switch(supplier_id=supplier.pk, currency="PLN", rates={}, actor=None, now=NOW)
    make_talk(supplier, NOW.date())
    assessments.save_policy(coverage=0)
    assessments.deliver(assessments.delivery("PO-1", 3, code="TATRA"))
    assessments.assess(supplier)
    event = assessments.happen(supplier)
    draft = assessment.start_assessment(supplier_id=supplier.pk, draft=assessments.draft(), actor=None, now=NOW)
    return contract_rows() | {
        "assessment": draft.pk,
        "correctiveaction": actions.ask(supplier, now=timezone.now(), due_on=timezone.localdate()).pk,
        "criticalevent": event.pk,
        "supplier": supplier.pk,
        "suppliercontact": make_contact(supplier, for_orders=True).pk,
        "certificate": make_certificate(supplier, until=NOW.date()).pk,
        "supplieritem": item.pk,
        "product": item.product_id,
        "prospect": make_prospect().pk,
        "switchover": switch.pk,
        "importsession": imports.check(imports.table("ratings", {"supplier_code": "TATRA"}, {"value": "six"})).pk,
    }


def asked_rows(rows: dict[str, int]) -> tuple[str, str]:
    """A questionnaire that we fill in, another with a link to its supplier, and a file: the token and the key."""
    supplier = Supplier.objects.get(pk=rows["supplier"])
    rows["answersheet"] = desk.start(supplier, by="staff").pk
    sheet = desk.start(make_supplier("ASKED"))
    link = questionnaires.issue_link(sheet_id=sheet.pk, actor=None, now=timezone.now())
    kept = assessment.attach_file(
        assessment_id=rows["assessment"], content=desk.PDF, name="audit.pdf", actor=None, now=NOW
    )
    return link.token, kept.key


def contract_rows() -> dict[str, int]:
    """A contract with a missed month that was claimed; penalties are figures that stand nowhere else."""
    contract = contracts.make_breach(code="KARPATY", price=str(COST))
    claim = contracts.claim_all(contract)
    return {
        "contract": contract.pk,
        "servicelevel": contract.levels.get().pk,
        "breach": contract.breaches.get().pk,
        "supplierclaim": claim.pk,
    }


def stock_rows() -> dict[str, int]:
    """One article in one warehouse, and a transfer to another."""
    level = stock.stock()
    stock.make_warehouse("GDA")
    moved = transfers.draft(source="WRO", destination="GDA", lines=[Wanted(stock.SKU, 1)], actor=None, now=NOW)
    return {"stocklevel": level.pk, "stockproduct": level.product_id, "transfer": moved.pk}


def incidents_wave(incident: Incident) -> Fanout:
    """The send that belongs to the incident."""
    return Fanout.objects.get(cause_ref=f"incident:{incident.pk}")


def leader_of(send: Fanout) -> int:
    """The first notice of a send: what its sample is called."""
    return Notice.objects.filter(fanout=send, leader__gt=0).values_list("leader", flat=True)[0]


def client_of(role: str, world: World, cast: Cast, *, csrf: bool = False, sudo: bool = True) -> Client:
    """A browser, or a machine, of this role. Staff typed their password just now unless told otherwise."""
    if role == "key":
        return Client(enforce_csrf_checks=csrf, headers={"X-Api-Key": world.key_token})
    client = Client(enforce_csrf_checks=csrf)
    if role in STAFF:
        client.force_login(cast.by_role(STAFF[role]), backend=BACKEND)
        if sudo:
            session = client.session
            session[access.SUDO_SESSION_KEY] = timezone.now().timestamp()
            session.save()
    return client
