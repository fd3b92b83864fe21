"""Which suppliers a list means, as its address says it."""

from dataclasses import dataclass, fields
from urllib.parse import urlencode

# The saved view that leaves nothing out.
ALL = "all"


@dataclass(frozen=True, slots=True)
class SupplierFilter:
    """Which suppliers: a saved view, and what narrows it."""

    view: str = ALL
    q: str = ""
    state: str = ""
    country: str = ""
    kind: str = ""

    def is_everything(self) -> bool:
        """Return True when nothing is left out."""
        return self == SupplierFilter()

    def is_view_alone(self) -> bool:
        """Return True when a saved view is shown as it is, with nothing to narrow it."""
        return self == SupplierFilter(view=self.view)

    def to_query(self) -> str:
        """The query string of these suppliers, "" for all."""
        pairs = {field.name: getattr(self, field.name) for field in fields(self)}
        return urlencode({name: value for name, value in pairs.items() if value not in ("", ALL)})
