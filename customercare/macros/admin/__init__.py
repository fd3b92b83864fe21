"""Macros in the office: the library, the editor, what a text reads like, and who published which version."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.kernel import formats
from backoffice.kernel.admin_base import ServiceAdmin, View, now
from backoffice.kernel.roles import Capability
from backoffice.kernel.templatetags.standfast import pill
from backoffice.messaging import wording
from customercare.macros import rules
from customercare.macros.admin import editor, library
from customercare.macros.models import Macro, MacroVersion

SHORT = {"zh-hans": "简体", "zh-hant": "繁體"}


class ScenarioFilter(admin.SimpleListFilter):
    title = gettext_lazy("scenario")
    parameter_name = "scenario"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(code, _(found.title)) for code, found in rules.SCENARIOS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Macro]) -> QuerySet[Macro]:
        return queryset.filter(scenario=self.value()) if self.value() else queryset


@admin.register(Macro)
class MacroAdmin(ServiceAdmin):
    view_capability = Capability.VIEW_MACROS
    add_capability = Capability.DRAFT_MACROS
    change_capability = Capability.DRAFT_MACROS
    audit_prefix = "macro"
    list_display = ("title", "folder", "shown_scenario", "languages", "published", "drafted", "review")
    list_filter = (ScenarioFilter, "owner_role")
    search_fields = ("name", "key")
    ordering = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Macro]:
        return super().get_queryset(request).prefetch_related("versions__variants")

    @admin.display(description=gettext_lazy("macro"), ordering="name")
    def title(self, macro: Macro) -> str:
        return macro.name.rpartition("::")[2]

    @admin.display(description=gettext_lazy("folder"), ordering="name")
    def folder(self, macro: Macro) -> str:
        return macro.name.rpartition("::")[0].replace("::", " › ") or formats.EMPTY

    @admin.display(description=gettext_lazy("scenario"), ordering="scenario")
    def shown_scenario(self, macro: Macro) -> str:
        found = rules.SCENARIOS.get(macro.scenario)
        return _(found.title) if found else macro.scenario

    @admin.display(description=gettext_lazy("languages"))
    def languages(self, macro: Macro) -> SafeString | str:
        version = _of(macro, MacroVersion.State.APPROVED) or _of(macro, MacroVersion.State.DRAFT)
        if version is None:
            return formats.EMPTY
        there = {variant.language for variant in version.variants.all()}
        missing = [code for code in wording.LANGUAGES if code not in there]
        shown = format_html_join(", ", "{}", ((SHORT.get(code, code),) for code in wording.LANGUAGES if code in there))
        if not missing:
            return shown
        return format_html(
            "{} {}",
            shown,
            pill("gap", _("no %(codes)s") % {"codes": ", ".join(SHORT.get(code, code) for code in missing)}, "warn"),
        )

    @admin.display(description=gettext_lazy("published"))
    def published(self, macro: Macro) -> SafeString | str:
        version = _of(macro, MacroVersion.State.APPROVED)
        return pill("approved", _("version %(n)d") % {"n": version.number}, "ok") if version else formats.EMPTY

    @admin.display(description=gettext_lazy("draft"))
    def drafted(self, macro: Macro) -> SafeString | str:
        version = _of(macro, MacroVersion.State.DRAFT)
        return pill("draft", _("version %(n)d") % {"n": version.number}, "info") if version else formats.EMPTY

    @admin.display(description=gettext_lazy("read again on"), ordering="review_on")
    def review(self, macro: Macro) -> SafeString | str:
        if macro.review_on and macro.review_on <= now().date():
            return pill("due", formats.day(macro.review_on), "warn")
        return formats.day(macro.review_on)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        return editor.add(request)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not (object_id.isascii() and object_id.isdigit() and len(object_id) < 19):
            raise Http404
        return library.page(request, int(object_id))

    def own_pages(self) -> Sequence[tuple[str, View, str]]:
        return (
            ("<int:pk>/draft/", editor.edit, "draft"),
            ("<int:pk>/publish/", editor.publish, "publish"),
            ("<int:pk>/version/<int:number>/frame/<slug:language>/<slug:kind>/", library.frame, "frame"),
            ("<int:pk>/compare/<int:number>/", library.compare, "compare"),
        )


def _of(macro: Macro, state: str) -> MacroVersion | None:
    return next((version for version in macro.versions.all() if version.state == state), None)
