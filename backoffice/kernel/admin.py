"""People, stores, limits, keys, approvals and the audit log in the office."""

import json
from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.kernel import admin_forms, exports, formats, keys, shops, staffing
from backoffice.kernel.admin_base import ServiceAdmin, View, ask_password, confirm_act, need, now, person
from backoffice.kernel.models import ApiKey, Approval, AuditEntry, Limit, Store, User
from backoffice.kernel.roles import Capability, holds
from backoffice.kernel.templatetags.standfast import pill

SETTINGS = Capability.VIEW_SETTINGS
MANAGE = Capability.MANAGE_SETTINGS
EXPORT_ROWS = 100_000


class SettingsAdmin(ServiceAdmin):
    """What only admins change: people, shops, limits, keys."""

    view_capability = SETTINGS
    add_capability: ClassVar[Capability | None] = MANAGE
    change_capability: ClassVar[Capability | None] = MANAGE


@admin.register(User)
class UserAdmin(SettingsAdmin):
    audit_prefix = "user"
    form = admin_forms.UserForm
    list_display = ("username", "name", "role", "state", "date_joined")
    list_filter = ("role", "is_active")
    search_fields = ("username", "name", "email")
    fields = ("username", "name", "email", "role", "language", "is_active")
    change_form_template = "admin/kernel/user/change_form.html"
    secret_fields = frozenset({"password"})

    @admin.display(description=gettext_lazy("state"), ordering="is_active")
    def state(self, user: User) -> SafeString:
        return pill("active" if user.is_active else "inactive")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if not change:
            kwargs["form"] = admin_forms.NewUserForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields if obj else ("username", "name", "email", "role", "language", "password")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("username",) if obj else ()

    def create_by_service(self, request: HttpRequest, form: Any) -> User:
        return staffing.create_user(**form.cleaned_data, actor=person(request), now=now())

    def change_by_service(self, request: HttpRequest, obj: User, form: Any) -> None:
        staffing.change_user(user_id=obj.pk, **form.cleaned_data, actor=person(request), now=now())

    def own_pages(self) -> Sequence[tuple[str, View, str]]:
        return (("<int:pk>/password/", self.set_password, "password"),)

    def set_password(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Set somebody's password; the person is logged out everywhere."""
        actor = need(request, MANAGE)
        user = get_object_or_404(User, pk=pk)
        if asked := ask_password(request):
            return asked

        def act(data: dict[str, Any]) -> str:
            staffing.set_password(user_id=pk, password=data["password"], actor=actor, now=now())
            return _("The password of %(user)s is set, and every session of theirs has ended.") % {"user": user}

        return confirm_act(
            self,
            request,
            obj=user,
            act=act,
            title=_("Set the password of %(user)s") % {"user": user},
            text=_("Tell the person the new password in person. Every session of theirs ends now."),
            button=_("Set the password"),
            form_class=admin_forms.PasswordForm,
        )


@admin.register(Store)
class StoreAdmin(SettingsAdmin):
    audit_prefix = "store"
    form = admin_forms.StoreForm
    list_display = ("name", "slug", "currency", "language", "time_zone", "sender")
    search_fields = ("name", "slug")

    def create_by_service(self, request: HttpRequest, form: Any) -> Store:
        return shops.save_store(store=form.instance, actor=person(request), now=now())

    def change_by_service(self, request: HttpRequest, obj: Store, form: Any) -> None:
        shops.save_store(store=obj, actor=person(request), now=now())


@admin.register(Limit)
class LimitAdmin(SettingsAdmin):
    audit_prefix = "limit"
    form = admin_forms.LimitForm
    list_display = ("role", "kind_words", "currency", "up_to")
    list_filter = ("role",)

    @admin.display(description=gettext_lazy("kind"), ordering="kind")
    def kind_words(self, limit: Limit) -> str:
        return str(dict(admin_forms.LimitForm.KINDS).get(limit.kind, limit.kind))

    @admin.display(description=gettext_lazy("up to"), ordering="amount")
    def up_to(self, limit: Limit) -> str:
        return formats.money(limit.amount, limit.currency) if limit.currency else formats.number(limit.amount)

    def create_by_service(self, request: HttpRequest, form: Any) -> Limit:
        return staffing.set_limit(**form.cleaned_data, actor=person(request), now=now())

    def change_by_service(self, request: HttpRequest, obj: Limit, form: Any) -> None:
        staffing.set_limit(**form.cleaned_data, limit_id=obj.pk, actor=person(request), now=now())


@admin.register(ApiKey)
class ApiKeyAdmin(SettingsAdmin):
    """A key is shown once, right after it was made; it can be ended, never changed."""

    audit_prefix = "key"
    change_capability = None
    list_display = ("name", "prefix", "scope_list", "store", "created_at", "last_used_at", "state", "end")
    list_select_related = ("store", "created_by")
    search_fields = ("name", "prefix")
    fields = ("name", "prefix", "scopes", "store", "created_by", "created_at", "last_used_at", "revoked_at")

    @admin.display(description=gettext_lazy("may"))
    def scope_list(self, key: ApiKey) -> str:
        return ", ".join(key.scopes)

    @admin.display(description=gettext_lazy("state"))
    def state(self, key: ApiKey) -> SafeString:
        return pill("inactive", _("Ended"), "neutral") if key.revoked_at else pill("active")

    @admin.display(description="")
    def end(self, key: ApiKey) -> SafeString | str:
        if key.revoked_at or not self._may_end:
            return ""
        return format_html('<a href="{}">{}</a>', self.url("end", key.pk), _("End"))

    _may_end = False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        self._may_end = person(request).can(MANAGE)
        return super().changelist_view(request, extra_context)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> Any:
        """Make a key and show it, once: it cannot be shown again."""
        actor = need(request, MANAGE)
        if asked := ask_password(request):
            return asked
        form = admin_forms.NewKeyForm(request.POST if request.method == "POST" else None)
        context: dict[str, Any] = {"title": _("Add API key"), "form": form, "button": _("Make the key")}
        if request.method == "POST" and form.is_valid():
            issued = keys.issue(**form.cleaned_data, created_by=actor, now=now())
            return self.page(request, "admin/kernel/apikey/issued.html", context | {"issued": issued})
        return self.page(request, "admin/act.html", context, status=422 if form.errors else 200)

    def own_pages(self) -> Sequence[tuple[str, View, str]]:
        return (("<int:pk>/end/", self.end_key, "end"),)

    def end_key(self, request: HttpRequest, pk: int) -> HttpResponse:
        """End a key at once."""
        actor = need(request, MANAGE)
        key = get_object_or_404(ApiKey, pk=pk)
        if asked := ask_password(request):
            return asked

        def act(data: dict[str, Any]) -> str:
            keys.revoke(key_id=pk, actor=actor, now=now())
            return _("The key %(key)s has ended. Requests with it are refused from now on.") % {"key": key}

        return confirm_act(
            self,
            request,
            obj=key,
            act=act,
            title=_("End the key %(key)s") % {"key": key},
            text=_("Whatever uses this key is refused from this moment on. A key that has ended stays so."),
            button=_("End this key"),
            form_class=admin_forms.NothingForm,
        )


class ReadOnlyAdmin(ServiceAdmin):
    """A list that people read and never write."""

    list_display_links = None

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        raise Http404


@admin.register(Approval)
class ApprovalAdmin(ReadOnlyAdmin):
    view_capability = Capability.VIEW_AUDIT
    list_display = ("what", "sum", "shown_state", "requested_by", "requested_at", "approved_by", "decided_at")
    list_select_related = ("requested_by", "approved_by")
    list_filter = ("state", "kind")
    ordering = ("-id",)

    @admin.display(description=gettext_lazy("what"))
    def what(self, approval: Approval) -> SafeString | str:
        return format_html('<a href="{}">{}</a>', approval.url, approval.title) if approval.url else approval.title

    @admin.display(description=gettext_lazy("amount"))
    def sum(self, approval: Approval) -> str:
        if approval.currency:
            return formats.money(approval.amount, approval.currency)
        return _("%(count)s messages") % {"count": formats.number(approval.amount)}

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def shown_state(self, approval: Approval) -> SafeString:
        tone = {"pending": "info", "approved": "ok"}.get(approval.state, "neutral")
        return pill(approval.state, approval.get_state_display(), tone)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """Everything for those who may see it all, their own acts for the others."""

    view_capability = Capability.VIEW_OWN_AUDIT
    list_display = ("moment", "who", "verb", "subject", "details")
    list_select_related = ("actor",)
    list_filter = ("verb",)
    search_fields = ("subject", "actor_label", "verb")
    date_hierarchy = "at"
    change_list_template = "admin/kernel/auditentry/change_list.html"
    HEAD = ("at_utc", "actor", "verb", "subject", "detail")

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        rows = super().get_queryset(request).order_by("-id")
        me = person(request)
        return rows if holds(me.role, Capability.VIEW_AUDIT) else rows.filter(actor=me)

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        return lookup in ("subject", "actor") or super().lookup_allowed(lookup, value, request)

    @admin.display(description=gettext_lazy("when"), ordering="id")
    def moment(self, entry: AuditEntry) -> str:
        return formats.moment(entry.at)

    @admin.display(description=gettext_lazy("who"))
    def who(self, entry: AuditEntry) -> SafeString:
        return format_html("<bdi>{}</bdi>", entry.actor or entry.actor_label)

    @admin.display(description=gettext_lazy("detail"))
    def details(self, entry: AuditEntry) -> str:
        return ", ".join(f"{name}: {_plain(value)}" for name, value in entry.detail.items())

    def own_pages(self) -> Sequence[tuple[str, View, str]]:
        return (("export/", self.export, "export"),)

    def export(self, request: HttpRequest) -> HttpResponseBase:
        """The filtered log as CSV, at most 100,000 rows, newest first."""
        need(request, Capability.VIEW_OWN_AUDIT)
        try:
            rows = self.get_changelist_instance(request).get_queryset(request)[:EXPORT_ROWS]
        except IncorrectLookupParameters:
            return redirect(f"{self.url('changelist')}?e=1")
        return exports.csv_response(
            name="standfast-audit",
            head=self.HEAD,
            rows=(
                (e.at.isoformat(), e.actor_label, e.verb, e.subject, json.dumps(e.detail, ensure_ascii=False))
                for e in rows.iterator()
            ),
        )


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return " · ".join(f"{name} {_plain(item)}" for name, item in value.items())
    return "" if value is None else str(value)
