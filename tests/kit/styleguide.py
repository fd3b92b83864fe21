"""Every component on one page, for looking at and for checking in a browser: `python -m tests.kit.styleguide DIR`.

Needs no database. Pages land in DIR beside a copy of the static files; serve DIR over HTTP under the site's policy.
"""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from django import forms
from django.template import engines
from django.test import RequestFactory
from django.utils.translation import override

from backoffice.kernel import charts, nav
from tests.kit.styleguide_charts import more_charts

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
NOW = datetime(2026, 11, 5, 13, 3, 22, tzinfo=UTC)
ZONE = "Europe/Warsaw"
PER_MINUTE = [
    36,
    34,
    48,
    38,
    52,
    51,
    49,
    60,
    55,
    70,
    64,
    69,
    84,
    99,
    88,
    97,
    110,
    121,
    119,
    122,
    137,
    128,
    None,
    None,
    149,
    166,
    184,
    178,
    194,
]
PARTS = [
    charts.Part("Delivered", 1204, "ok", "?state=delivered"),
    charts.Part("Sent", 311, "info", "?state=sent"),
    charts.Part("Waiting", 290, "neutral", "?state=queued"),
    charts.Part("Uncertain", 23, "warn", "?state=uncertain"),
    charts.Part("Failed", 19, "bad", "?state=failed"),
]


class OrderFilter(forms.Form):
    """A list's filters: a search box, three in front, two folded away."""

    q = forms.CharField(label="Search", required=False, widget=forms.TextInput(attrs={"type": "search"}))
    state = forms.ChoiceField(
        label="State", required=False, choices=[("", "Any"), ("late", "Late"), ("shipped", "Shipped")]
    )
    carrier = forms.ChoiceField(
        label="Carrier", required=False, choices=[("", "Any"), ("dpd", "DPD"), ("sf", "SF Express")]
    )
    placed = forms.DateField(label="Placed since", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    region = forms.CharField(label="Region", required=False)
    sku = forms.CharField(label="SKU", required=False)


class IncidentForm(forms.Form):
    """One field of each kind."""

    title = forms.CharField(label="What happened", help_text="One line that a customer could read.")
    severity = forms.ChoiceField(
        label="Severity",
        choices=[("low", "Low"), ("high", "High")],
        widget=forms.RadioSelect,
        help_text="In doubt take the higher one.",
    )
    channels = forms.MultipleChoiceField(
        label="Channels",
        choices=[("email", "E-mail"), ("sms", "SMS")],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    amount = forms.DecimalField(label="Voucher value", widget=forms.TextInput(attrs={"inputmode": "decimal"}))
    until = forms.DateField(label="New date", widget=forms.DateInput(attrs={"type": "date"}), required=False)
    public = forms.BooleanField(
        label="Show on the status page", required=False, help_text="Customers see it within a minute."
    )
    text = forms.CharField(label="Public text", widget=forms.Textarea, required=False)


class LoginForm(forms.Form):
    """As Django's own: names that password managers know."""

    username = forms.CharField(label="User name", widget=forms.TextInput(attrs={"autocomplete": "username"}))
    password = forms.CharField(label="Password", widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}))


class Person(SimpleNamespace):
    """Somebody who is logged in, without a database."""

    is_authenticated = True
    is_staff = True

    def __str__(self) -> str:
        return "Zofia Wójcik"

    def get_role_display(self) -> str:
        return "Shop manager"


def context() -> dict[str, Any]:
    """Everything the page of components shows."""
    minutes = [f"20:{minute:02d}" for minute in range(len(PER_MINUTE))]
    wrong = IncidentForm({"title": "", "severity": "", "amount": "1.2.3", "text": "Kept as typed"})
    wrong.full_clean()
    wrong.errors["title"] = wrong.error_class(["Say in one line what happened."], field_id="id_title")
    wrong.errors["severity"] = wrong.error_class(["Choose how severe it is."], field_id="id_severity")
    wrong.errors["amount"] = wrong.error_class(
        ["Write the value as 5.00; “1.2.3” has two points."], field_id="id_amount"
    )
    query = OrderFilter({"q": "kettle", "state": "late"})
    return {
        "now": NOW,
        "zone": ZONE,
        "drill": True,
        "outbound_paused": {"url": "#", "label": "See why"},
        "messages": [
            SimpleNamespace(level_tag="error", message="x", __str__=str),
        ][:0],
        "kpis": [
            {
                "label": "Orders a minute",
                "value": "194",
                "note": "312% above forecast",
                "tone": "bad",
                "url": "#a",
                "chart": charts.sparkline(PER_MINUTE, label="Orders a minute, rising", tone="bad"),
                "at": NOW,
            },
            {
                "label": "Waiting to be taken in",
                "value": "1,204",
                "note": "drains in 12 minutes",
                "tone": "warn",
                "url": "#b",
                "chart": charts.sparkline([0, 0, 0, 2, 5, 9, 8, 14], label="Backlog, rising", tone="warn"),
                "at": NOW,
            },
            {
                "label": "SKUs at safety stock",
                "value": "7",
                "note": "2 hidden from the shop",
                "tone": "warn",
                "url": "#c",
                "chart": charts.sparkline([1, 1, 2, 2, 3, 5, 7], label="SKUs, rising", tone="warn"),
                "at": NOW,
            },
            {
                "label": "Overdue parcels",
                "value": "1.8%",
                "note": "below the limit of 3%",
                "tone": "ok",
                "url": "#d",
                "chart": charts.sparkline([3, 2.8, 2.9, 2.2, 2, 1.8], label="Overdue, falling", tone="ok"),
                "at": NOW,
            },
        ],
        "area": charts.area(
            PER_MINUTE,
            minutes,
            label="Orders a minute from 20:00; now 194, limit 100",
            threshold=charts.Threshold(100, "ERP limit 100 a minute"),
            unit="orders",
        ),
        **more_charts(),
        "area_rows": charts.points_table(PER_MINUTE, minutes)[-8:],
        "multiples": charts.small_multiples(
            [
                charts.Series("DPD", [2, 2.4, 2.1, 3.8, 5.2], "rising for 3 days", "bad"),
                charts.Series("InPost", [1.1, 1, 1.3, 0.9, 1], "steady", "ok"),
                charts.Series("SF Express", [0.4, None, 0.6, 0.5, 0.7], "one day without data", "neutral"),
            ]
        ),
        "parts": PARTS,
        "feed": [
            {
                "tone": "bad",
                "title": "Demand surge",
                "text": "Live stream “11.11 parka” at 4.1 × forecast",
                "when": "2 min ago",
                "url": "#",
            },
            {
                "tone": "warn",
                "title": "Stock-out risk",
                "text": "PK-204-M: 8 left, threshold 10",
                "when": "4 min ago",
                "url": "#",
            },
            {
                "tone": "ok",
                "title": "Supplier",
                "text": "Backup “宁波易达” confirmed PO-1042 (600 pieces)",
                "when": "25 min ago",
            },
        ],
        "filter": query,
        "views": [
            {"label": "All", "url": "#", "count": 12480, "current": False},
            {"label": "Unpaid", "url": "#", "count": 31, "current": False},
            {"label": "Late", "url": "#", "count": 1240, "current": True},
            {"label": "Affected by an incident", "url": "#", "count": 1847, "current": False},
        ],
        "orders": [
            ("A-10041", "陈小明", "late", Decimal("118.00"), "PLN", 3),
            ("A-10042", "Zofia Wójcik", "shipped", Decimal("1234.50"), "PLN", 1),
            ("A-10043", "O’Brien, Seán", "unavailable", Decimal("59.90"), "CNY", 12),
        ],
        "bulk": [
            {"label": "Add note", "value": "note", "icon": "pencil"},
            {"label": "Message customers", "value": "message", "icon": "envelope", "tone": "primary"},
        ],
        "states": [
            "draft",
            "queued",
            "transmitting",
            "sent",
            "delivered",
            "retry",
            "failed",
            "uncertain",
            "paused",
            "cancelled",
            "late",
        ],
        "wrong": wrong,
        "plain": IncidentForm(auto_id="plain_%s"),
        "check_rows": [
            {"label": "What happened", "value": "Kettle KT-9 is out of stock", "change_url": "#"},
            {"label": "Customers", "value": "1,847 in 3 languages", "change_url": "#"},
            {"label": "Vouchers", "value": "1,847 × PLN 5.00 = PLN 9,235.00 of PLN 20,000.00", "change_url": "#"},
        ],
        "facts": [
            {"label": "Order", "value": "A-10041"},
            {"label": "Promised", "value": "20 Nov 2026"},
            {"label": "Carrier", "value": "DPD"},
        ],
        "timeline": [
            {
                "at": NOW,
                "title": "Update posted",
                "text": "New stock arrives on 24 Nov.",
                "who": "Zofia Wójcik",
                "icon": "megaphone",
                "tone": "info",
            },
            {"at": NOW - timedelta(minutes=9), "title": "1,204 customers told", "tone": "ok"},
            {
                "at": NOW - timedelta(minutes=31),
                "title": "Incident declared",
                "text": "Severity high.",
                "who": "陈小明",
                "tone": "bad",
            },
        ],
        "steps": [
            {"label": "Declare", "state": "done", "url": "#"},
            {"label": "Audience", "state": "done", "url": "#"},
            {"label": "Check", "state": "current"},
            {"label": "Incident room", "state": "next"},
        ],
    }


MENU = (
    ("Today", "presentation-chart-line"),
    ("Orders", "shopping-cart"),
    ("Incidents", "bolt"),
    ("Messages", "envelope"),
    ("Macros", "chat-bubble-left-right"),
    ("Vouchers", "ticket"),
)


@contextmanager
def sample_menu() -> Iterator[None]:
    """The menu of the pictures, for as long as they are drawn."""
    real = dict(nav._entries)
    nav._entries.clear()
    for place, (label, icon) in enumerate(MENU):
        nav.register(label.lower(), label, "home", icon, place * 10)
    try:
        yield
    finally:
        nav._entries.clear()
        nav._entries.update(real)


def pages() -> dict[str, str]:
    """File name → HTML: the components, the log-in page with an error, and the error pages."""
    with sample_menu():
        return _pages()


def _pages() -> dict[str, str]:
    made = {}
    for language in ("en", "zh-hans", "pl"):
        with override(language):
            made[f"index-{language}.html"] = _page((HERE / "styleguide.html").read_text(), context())
    wrong = LoginForm({"username": "zofia"})
    wrong.full_clean()
    wrong.errors["password"] = wrong.error_class(["Type your password."], field_id="id_password")
    made["login.html"] = _page('{% include "registration/login.html" %}', {"form": wrong, "user": None})
    made["locked.html"] = _page('{% include "registration/locked.html" %}', {})
    for code in (403, 404, 500):
        made[f"{code}.html"] = engines["django"].get_template(f"{code}.html").render({})
    return made


def write(folder: Path) -> list[Path]:
    """Write all pages and the static files below folder."""
    import django_htmx

    static = folder / "static"
    shutil.copytree(ROOT / "static", static, dirs_exist_ok=True)
    shutil.copytree(Path(django_htmx.__file__).parent / "static", static, dirs_exist_ok=True)
    paths = []
    for name, html in pages().items():
        path = folder / name
        path.write_text(html)
        paths.append(path)
    return paths


def _page(source: str, values: dict[str, Any]) -> str:
    request = RequestFactory().get("/orders/", {"q": "kettle", "state": "late"})
    request.user = Person()  # type: ignore[assignment]
    template = engines["django"].from_string(source)
    return template.render({"user": request.user, **values, "messages": values.get("messages", [])}, request)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")
    import django

    django.setup()
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    for written in write(target):
        print(written)
