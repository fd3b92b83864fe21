"""Parts of the admin's pages that several rooms show."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest


class LedgerInline(admin.TabularInline):  # type: ignore[type-arg]
    """The lines of a ledger below what they explain: shown to whoever sees the page, changed by nobody."""

    extra = 0
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
