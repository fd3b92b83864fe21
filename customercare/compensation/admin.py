"""Grants to read, budgets to open and to raise."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from backoffice.kernel import formats
from backoffice.kernel.admin_base import ServiceAdmin, now, person
from backoffice.kernel.admin_inlines import LedgerInline
from backoffice.kernel.roles import Capability
from backoffice.kernel.templatetags.standfast import pill
from customercare.compensation import services as compensation
from customercare.compensation.forms import BudgetForm
from customercare.compensation.models import Budget, BudgetEntry, Grant


class BudgetEntryInline(LedgerInline):
    """The ledger below its budget."""

    model = BudgetEntry
    fields = ("at", "kind", "amount", "cause_ref", "actor_ref")
    readonly_fields = fields
    ordering = ("-pk",)


@admin.register(Budget)
class BudgetAdmin(ServiceAdmin):
    view_capability = Capability.VIEW_VOUCHERS
    add_capability = Capability.MANAGE_SETTINGS
    change_capability = Capability.MANAGE_SETTINGS
    audit_prefix = "budget"
    form = BudgetForm
    list_display = ("name", "store", "limit", "reserved_money", "committed_money", "left_money")
    list_select_related = ("store",)
    inlines = (BudgetEntryInline,)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("store", "name", "currency", "reserved", "committed") if obj else ()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = ("store", "name", "currency", "limit_amount")
        return (*fields, "reserved", "committed") if obj else fields

    def get_inline_instances(self, request: HttpRequest, obj: Any = None) -> Any:
        return super().get_inline_instances(request, obj) if obj else []

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        """The audit log says it; the ledger below the form is never saved from here."""
        return []

    @admin.display(description=_("limit"), ordering="limit_amount")
    def limit(self, budget: Budget) -> str:
        return formats.money(budget.limit_amount, budget.currency)

    @admin.display(description=_("reserved"), ordering="reserved")
    def reserved_money(self, budget: Budget) -> str:
        return formats.money(budget.reserved, budget.currency)

    @admin.display(description=_("committed"), ordering="committed")
    def committed_money(self, budget: Budget) -> str:
        return formats.money(budget.committed, budget.currency)

    @admin.display(description=_("left"))
    def left_money(self, budget: Budget) -> str:
        return formats.money(budget.limit_amount - budget.reserved - budget.committed, budget.currency)

    def create_by_service(self, request: HttpRequest, form: Any) -> Budget:
        return compensation.open_budget(**form.cleaned_data, actor=person(request), now=now())

    def change_by_service(self, request: HttpRequest, obj: Budget, form: Any) -> None:
        compensation.set_limit(
            budget_id=obj.pk, limit_amount=form.cleaned_data["limit_amount"], actor=person(request), now=now()
        )


@admin.register(Grant)
class GrantAdmin(ServiceAdmin):
    """Every decision to give, or to give nothing, with its reason."""

    view_capability = Capability.VIEW_VOUCHERS
    list_display = ("order_number", "given", "shown_state", "why", "cause_ref", "rehearsed", "created_at")
    list_select_related = ("order",)
    list_filter = ("state", "kind", "drill")
    search_fields = ("=cause_ref", "=order__number")
    ordering = ("-pk",)
    fields = ("order", "cause_ref", "kind", "amount", "currency", "why", "state", "drill", "created_at")

    @admin.display(description=_("order"))
    def order_number(self, grant: Grant) -> str:
        return grant.order.number

    @admin.display(description=_("amount"), ordering="amount")
    def given(self, grant: Grant) -> str:
        return formats.money(grant.amount, grant.currency)

    @admin.display(description=_("state"), ordering="state")
    def shown_state(self, grant: Grant) -> SafeString:
        return pill(grant.state, grant.get_state_display(), "ok" if grant.state == Grant.State.GRANTED else "neutral")

    @admin.display(description=_("drill"))
    def rehearsed(self, grant: Grant) -> SafeString | str:
        return pill("drill", _("Drill"), "warn") if grant.drill else ""
