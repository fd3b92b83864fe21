"""Addresses that are not written to, in the office."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.kernel.admin_base import ServiceAdmin, View, ask_password, confirm_act, need, now, person
from backoffice.kernel.roles import Capability
from backoffice.messaging import suppressions
from backoffice.messaging.models import Suppression


class SuppressionForm(forms.ModelForm):  # type: ignore[type-arg]
    CATEGORIES = (("", gettext_lazy("everything")), ("service", gettext_lazy("messages about orders")))
    category = forms.ChoiceField(label=gettext_lazy("What is not sent"), choices=CATEGORIES, required=False)
    address = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "email"}),
        error_messages={"required": gettext_lazy("Enter the address.")},
    )

    class Meta:
        model = Suppression
        fields = ("address", "category", "reason")


@admin.register(Suppression)
class SuppressionAdmin(ServiceAdmin):
    """Rows are added and taken away with a reason, never changed."""

    view_capability = Capability.VIEW_MESSAGES
    add_capability = Capability.OPERATE_MESSAGES
    audit_prefix = "suppression"
    form = SuppressionForm
    list_display = ("address", "category_words", "reason", "created_at", "take_off")
    list_display_links = None
    search_fields = ("address",)
    ordering = ("-id",)
    _may_remove = False

    @admin.display(description=gettext_lazy("what is not sent"), ordering="category")
    def category_words(self, row: Suppression) -> str:
        return str(dict(SuppressionForm.CATEGORIES).get(row.category, row.category))

    @admin.display(description=gettext_lazy("change"))
    def take_off(self, row: Suppression) -> SafeString | str:
        if not self._may_remove:
            return ""
        return format_html('<a href="{}">{}</a>', self.url("remove", row.pk), _("Write to it again"))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        self._may_remove = person(request).can(Capability.OPERATE_MESSAGES)
        return super().changelist_view(request, extra_context)

    def create_by_service(self, request: HttpRequest, form: Any) -> Suppression:
        return suppressions.add(**form.cleaned_data, actor=person(request), now=now())

    def own_pages(self) -> Sequence[tuple[str, View, str]]:
        return (("<int:pk>/remove/", self.remove, "remove"),)

    def remove(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take an address off the list, with the reason."""
        actor = need(request, Capability.OPERATE_MESSAGES)
        row = get_object_or_404(Suppression, pk=pk)
        if asked := ask_password(request):
            return asked

        def act(data: dict[str, Any]) -> str:
            suppressions.remove(suppression_id=pk, reason=data["reason"], actor=actor, now=now())
            return _("%(address)s is written to again.") % {"address": row.address}

        return confirm_act(
            self,
            request,
            obj=row,
            act=act,
            title=_("Write to %(address)s again") % {"address": row.address},
            text=_("Only do this when the customer asked for it. It holds from the next message on."),
            button=_("Take it off the list"),
        )
