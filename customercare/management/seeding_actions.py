"""What lies in seeds/ about corrective actions: asked, answered and verified on days that count from today."""

import tomllib
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from backoffice.kernel.models import User
from suppliers.assessment import services as assessment
from suppliers.assessment.models import CorrectiveAction
from suppliers.assessment.rules.actions import ActionDraft
from suppliers.directory.models import Supplier


def load(path: Path, *, now: datetime) -> int:
    """Ask for what the file names, unless something was asked already; returns how many. Owners must exist."""
    if CorrectiveAction.objects.exists():
        return 0
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["action"]
    for row in rows:
        _ask(row, now)
    return len(rows)


def _ask(row: dict[str, Any], now: datetime) -> None:
    today = timezone.localdate(now)
    owner = User.objects.get(username=row["owner"])
    draft = ActionDraft(
        cause=row["cause"], what=row["what"], asked=row["asked"], due_on=_day(today, row["due"]), owner_id=owner.pk,
        cause_ref=row.get("ref", ""),
    )  # fmt: skip
    supplier = Supplier.objects.get(code=row["supplier"])
    made = assessment.ask_action(supplier_id=supplier.pk, draft=draft, actor=owner, now=now + timedelta(days=row["on"]))
    if "answer" in row:
        made = assessment.answer_action(
            action_id=made.pk, version=made.version, answer=row["answer"], answered_on=_day(today, row["answered"]),
            actor=owner, now=now + timedelta(days=row["answered"]),
        )  # fmt: skip
    if "verified" in row:
        assessment.verify_action(
            action_id=made.pk, version=made.version, note=row["checked"], actor=owner,
            now=now + timedelta(days=row["verified"]),
        )  # fmt: skip


def _day(today: date, days: int) -> date:
    return today + timedelta(days=days)
