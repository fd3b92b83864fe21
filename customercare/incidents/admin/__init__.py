"""Incidents in the office: the list, and four screens from the first word to the last message."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import CharField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.kernel import formats
from backoffice.kernel.admin_base import ServiceAdmin, View, need
from backoffice.kernel.roles import Capability
from backoffice.kernel.templatetags.standfast import pill
from customercare.incidents.admin import audience, check, declare, moments, room, screens
from customercare.incidents.models import Incident
from customercare.notices.models import Fanout


@admin.register(Incident)
class IncidentAdmin(ServiceAdmin):
    view_capability = Capability.VIEW_INCIDENTS
    add_capability = Capability.DRAFT_INCIDENTS
    change_capability = Capability.DRAFT_INCIDENTS
    audit_prefix = "incident"
    change_list_template = "admin/customercare/incident/change_list.html"
    list_display = ("title", "kind", "shown_mode", "shown_status", "sending", "customers", "opened")
    list_filter = ("status", "kind", "mode")
    list_select_related = ("store",)
    search_fields = ("title",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Incident]:
        cause = Concat(Value("incident:"), Cast(OuterRef("pk"), CharField()))
        newest = Fanout.objects.filter(cause_ref=cause).order_by("-wave")
        rows: QuerySet[Incident] = super().get_queryset(request)
        return rows.annotate(
            wave_state=Subquery(newest.values("state")[:1]), wave_messages=Subquery(newest.values("message_n")[:1])
        ).order_by("-id")

    @admin.display(description=gettext_lazy("mode"), ordering="mode")
    def shown_mode(self, incident: Incident) -> SafeString | str:
        return pill("drill", _("Drill"), "warn") if incident.mode == "drill" else _("real")

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def shown_status(self, incident: Incident) -> SafeString:
        words = str(incident.get_status_display()).capitalize()
        return pill(incident.status, words, moments.status_tone(incident.status))

    @admin.display(description=gettext_lazy("sending"))
    def sending(self, incident: Any) -> SafeString | str:
        if not incident.wave_state:
            return formats.EMPTY
        state = incident.wave_state
        return pill(state, moments.sending_words(state), moments.sending_tone(state))

    @admin.display(description=gettext_lazy("customers"))
    def customers(self, incident: Any) -> str:
        return formats.number(incident.wave_messages) if incident.wave_messages else formats.EMPTY

    @admin.display(description=gettext_lazy("opened"), ordering="created_at")
    def opened(self, incident: Incident) -> SafeString:
        return format_html("{}", formats.moment(incident.created_at, incident.store.time_zone))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        return declare.add(request)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The list leads to where work on the incident goes on."""
        need(request, Capability.VIEW_INCIDENTS)
        incident = self.get_object(request, object_id)
        if incident is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[no-any-return]
        return redirect(screens.next_url(screens.scene(request, incident.pk)))

    def own_pages(self) -> Sequence[tuple[str, View, str]]:
        return (
            ("<int:pk>/edit/", declare.edit, "edit"),
            ("<int:pk>/audience/", audience.screen, "audience"),
            ("<int:pk>/check/", check.screen, "check"),
            ("<int:pk>/sample/<int:leader>/", check.sample, "sample"),
            ("<int:pk>/room/", room.screen, "room"),
            ("<int:pk>/progress/", room.progress, "progress"),
            ("<int:pk>/act/<slug:name>/", room.act, "act"),
            ("<int:pk>/message/<int:message>/<slug:name>/", room.settle, "settle"),
        )
