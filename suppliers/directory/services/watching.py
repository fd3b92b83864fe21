"""What people are told of by itself: talks with suppliers that are due, and next steps with prospects."""

from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from backoffice.kernel import alerts
from suppliers.directory import selectors

TALKS, STEPS = "suppliers:talks", "prospects:steps"


def tell_of_due(*, now: datetime) -> dict[str, bool]:
    """Keep one alert open while any talk is due, and one while any next step is; returns which are.

    One alert for all of them: the list behind it says whom. It closes when the last one has heard from us.
    """
    day = selectors.today(now)
    talks = _keep(
        TALKS, selectors.talks_due(day), _("Suppliers are due to hear from us"), reverse("suppliers:list"), now
    )
    steps = _keep(
        STEPS, selectors.steps_due(day), _("The next step with prospects has come"), reverse("directory:prospects"), now
    )
    return {TALKS: talks, STEPS: steps}


def _keep(key: str, rows: QuerySet, title: str, url: str, now: datetime) -> bool:  # type: ignore[type-arg]
    if not rows.exists():
        alerts.close(key=key, now=now)
        return False
    alerts.raise_once(key=key, title=title, url=f"{url}?view=due", now=now)
    return True
