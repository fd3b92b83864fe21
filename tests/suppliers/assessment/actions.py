"""Corrective actions in few words."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from backoffice.kernel.models import User
from backoffice.kernel.roles import Role
from suppliers.assessment import services as assessment
from suppliers.assessment.models import CorrectiveAction
from suppliers.assessment.rules.actions import ActionDraft
from suppliers.directory.models import Supplier
from tests.factories import NOW, make_user
from tests.suppliers.assessment.facts import TODAY


def owner() -> User:
    """The person who follows requests up."""
    return User.objects.filter(username="olga").first() or make_user(Role.SHOP_STAFF, "olga", name="Olga Owner")


def draft(**fields: Any) -> ActionDraft:
    """Seams that open, to be put right within two weeks."""
    given = ActionDraft(
        cause="defect", what="Seams open after a week", asked="Find the cause and change the process.",
        due_on=TODAY + timedelta(days=14), owner_id=owner().pk, cause_ref="quality:LOT-7",
    )  # fmt: skip
    return replace(given, **fields)


def ask(supplier: Supplier, *, now: datetime = NOW, **fields: Any) -> CorrectiveAction:
    return assessment.ask_action(supplier_id=supplier.pk, draft=draft(**fields), actor=None, now=now)


def answer(row: CorrectiveAction, on: date = TODAY, *, now: datetime = NOW, **fields: Any) -> CorrectiveAction:
    given: dict[str, Any] = {
        "version": row.version,
        "answer": "A new thread since Monday.",
        "answered_on": on,
        "actor": None,
    }
    return assessment.answer_action(action_id=row.pk, now=now, **given | fields)


def verify(row: CorrectiveAction, *, now: datetime = NOW, **fields: Any) -> CorrectiveAction:
    given: dict[str, Any] = {"version": row.version, "note": "Ten pieces pulled.", "actor": None}
    return assessment.verify_action(action_id=row.pk, now=now, **given | fields)


def reject(row: CorrectiveAction, *, now: datetime = NOW, **fields: Any) -> CorrectiveAction:
    given: dict[str, Any] = {
        "version": row.version,
        "why": "No cause named.",
        "due_on": TODAY + timedelta(days=20),
        "actor": None,
    }
    return assessment.reject_action(action_id=row.pk, now=now, **given | fields)


def withdraw(row: CorrectiveAction, *, now: datetime = NOW, **fields: Any) -> CorrectiveAction:
    given: dict[str, Any] = {"version": row.version, "why": "It was our carrier.", "actor": None}
    return assessment.withdraw_action(action_id=row.pk, now=now, **given | fields)
