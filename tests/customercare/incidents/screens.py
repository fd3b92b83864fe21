"""The four screens of an incident in a browser: read, and pressed where people press."""

import re
from typing import Any

from django.urls import reverse

from backoffice.kernel.models import Approval, AuditEntry
from backoffice.messaging.models import Message
from customercare.incidents.models import AffectedOrder, Incident, TimelineEntry
from customercare.incidents.rules import IncidentDraft
from customercare.notices.models import Fanout
from orders.reach.rules import Selector

LIST = "/admin/customercare/incident/"


def at(incident: Incident, name: str, *args: Any) -> str:
    return reverse(f"admin:customercare_incident_{name}", args=[incident.pk, *args])


def hidden(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found, f"the page carries {name}"
    return found[1]


def page(client: Any, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, url
    return str(answer.content.decode())


def press(client: Any, incident: Incident, name: str, **fields: Any) -> Any:
    """Press a button of the room as it stands."""
    token = hidden(page(client, at(incident, "room")), "token")
    fanout = Fanout.objects.filter(cause_ref=incident.cause_ref).latest("wave")
    return client.post(at(incident, "act", name), {"token": token, "fanout": fanout.pk} | fields)


def confirm(client: Any, incident: Incident, **fields: Any) -> Any:
    """Open the check page and press its one button."""
    html = page(client, at(incident, "check"))
    typed = {"token": hidden(html, "token"), "content_hash": hidden(html, "content_hash"), "typed_count": "3"}
    return client.post(at(incident, "check"), typed | fields)


def declare_form(token: str, **fields: Any) -> dict[str, Any]:
    return {
        "token": token, "title": "Flood in Wrocław", "kind": "carrier", "severity": "2", "priority": "2",
        "mode": "real", "is_public": "on", "late": "overdue", "overdue_as_of": "", "late_days": "", "supplier": "",
        "carrier": "", "region": "", "sku": "", "campaign": "", "placed_from": "", "placed_to": "", "orders": "",
        "macro": "", "rule": "none", "rule_value": "", "rule_cap": "", "valid_days": "90", "budget": "",
    } | fields  # fmt: skip


def untouched() -> tuple[int, ...]:
    models = (Incident, Fanout, AffectedOrder, AuditEntry, TimelineEntry, Message, Approval)
    return tuple(model.objects.count() for model in models)


def draft_of_numbers(*numbers: str) -> IncidentDraft:
    return IncidentDraft(title="Another", kind="quality", selector=Selector(orders=numbers))
