"""Vouchers to read with their ledger, and to revoke. The code itself is not shown here, only how it ends."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.kernel import formats
from backoffice.kernel.admin_base import ServiceAdmin, View, ask_password, confirm_act, need, now, person
from backoffice.kernel.admin_inlines import LedgerInline
from backoffice.kernel.roles import Capability
from backoffice.kernel.templatetags.standfast import pill
from customercare.vouchers import services as vouchers
from customercare.vouchers.models import Voucher, VoucherEntry

REVOKE = Capability.REVOKE_VOUCHERS


class VoucherEntryInline(LedgerInline):
    """The ledger below its voucher, oldest line first."""

    model = VoucherEntry
    fields = ("at", "kind", "amount", "order_ref", "actor_ref", "note")
    readonly_fields = fields
    ordering = ("pk",)


@admin.register(Voucher)
class VoucherAdmin(ServiceAdmin):
    view_capability = Capability.VIEW_VOUCHERS
    audit_prefix = "voucher"
    list_display = ("ending", "order_number", "value", "left", "shown_state", "valid_until", "cause_ref", "take_back")
    list_select_related = ("order",)
    list_filter = ("state", "drill", "currency")
    search_fields = ("=last4", "=order__number", "=cause_ref")
    ordering = ("-pk",)
    fields = (
        "ending", "order", "store", "cause_ref", "value", "left", "on_hold", "shown_state", "drill", "valid_from",
        "valid_until", "created_at",
    )  # fmt: skip
    readonly_fields = fields
    inlines = (VoucherEntryInline,)
    _may_revoke = False

    @admin.display(description=gettext_lazy("code ends in"), ordering="last4")
    def ending(self, voucher: Voucher) -> str:
        return str(voucher)

    @admin.display(description=gettext_lazy("order"))
    def order_number(self, voucher: Voucher) -> str:
        return voucher.order.number

    @admin.display(description=gettext_lazy("value"), ordering="amount")
    def value(self, voucher: Voucher) -> str:
        return formats.money(voucher.amount, voucher.currency)

    @admin.display(description=gettext_lazy("left"), ordering="balance")
    def left(self, voucher: Voucher) -> str:
        return formats.money(voucher.balance - voucher.held, voucher.currency)

    @admin.display(description=gettext_lazy("held"))
    def on_hold(self, voucher: Voucher) -> str:
        return formats.money(voucher.held, voucher.currency)

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def shown_state(self, voucher: Voucher) -> SafeString:
        if voucher.drill:
            return pill("drill", _("Drill"), "warn")
        if voucher.state == Voucher.State.ACTIVE and voucher.balance == 0:
            return pill("spent", _("Spent"), "neutral")
        tone = "ok" if voucher.state == Voucher.State.ACTIVE else "neutral"
        return pill(voucher.state, voucher.get_state_display().capitalize(), tone)

    @admin.display(description="")
    def take_back(self, voucher: Voucher) -> SafeString | str:
        if voucher.state != Voucher.State.ACTIVE or not self._may_revoke:
            return ""
        return format_html('<a href="{}">{}</a>', self.url("revoke", voucher.pk), _("Revoke"))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        self._may_revoke = person(request).can(REVOKE)
        return super().changelist_view(request, extra_context)

    def own_pages(self) -> Sequence[tuple[str, View, str]]:
        return (("<int:pk>/revoke/", self.revoke, "revoke"),)

    def revoke(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take a voucher back, with the reason."""
        actor = need(request, REVOKE)
        voucher = get_object_or_404(Voucher, pk=pk)
        if asked := ask_password(request):
            return asked

        def act(data: dict[str, Any]) -> str:
            ended = vouchers.revoke(voucher_id=pk, note=data["reason"], actor=actor, now=now())
            return _("Voucher %(voucher)s is revoked: %(amount)s can no longer be spent.") % {
                "voucher": voucher,
                "amount": formats.money(ended.amount, voucher.currency),
            }

        return confirm_act(
            self,
            request,
            obj=voucher,
            act=act,
            title=_("Revoke voucher %(voucher)s") % {"voucher": voucher},
            text=_("The customer is not told. What a checkout holds now can still be paid; the rest ends at once."),
            button=_("Revoke this voucher"),
        )
