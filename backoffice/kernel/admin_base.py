"""Django's admin as our office: capabilities instead of permissions, services instead of save(), refusals in place."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.kernel import access
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import User
from backoffice.kernel.roles import Capability

View = Callable[..., HttpResponseBase]
SEEN = "_seen"
UNPROCESSABLE = 422
CONFLICT = 409

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin


class Conflict(Exception):
    """Somebody else saved the row between the opening of the form and its sending."""

    def __init__(self, theirs: Model) -> None:
        super().__init__()
        self.theirs = theirs


def person(request: HttpRequest) -> User:
    """The user, who has passed the site's check. Raises PermissionDenied for anybody else."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def need(request: HttpRequest, capability: Capability) -> User:
    """The user, if the role holds the capability; otherwise 403."""
    user = person(request)
    if not user.can(capability):
        raise PermissionDenied
    return user


def ask_password(request: HttpRequest, *, back: str = "") -> HttpResponse | None:
    """The way to the password page when it was typed too long ago, else None. back: where to go on afterwards."""
    if access.confirmed_recently(request):
        return None
    return redirect_to_login(back or request.get_full_path(), reverse("confirm-password"))


def state_of(obj: Model, fields: Iterable[str]) -> str:
    """A short mark of what these fields hold, to notice a change made meanwhile."""
    names = {field.name: field.attname for field in obj._meta.concrete_fields}
    values = [(name, str(getattr(obj, names[name]))) for name in sorted(fields) if name in names]
    return hashlib.sha256(repr(values).encode()).hexdigest()[:32]


class ServiceAdmin(ModelAdmin):
    """One model's pages. Subclasses name the capabilities and hand changes to services.

    A Refusal from a service shows on the form with status 422, nothing is written and nothing is reported as done.
    Rows are never deleted here. sudo: changing asks for the password when it was typed over fifteen minutes ago.
    """

    view_capability: ClassVar[Capability]
    add_capability: ClassVar[Capability | None] = None
    change_capability: ClassVar[Capability | None] = None
    sudo: ClassVar[bool] = True
    audit_prefix: ClassVar[str] = ""
    # Fields that a form has and a conflict must not show.
    secret_fields: ClassVar[frozenset[str]] = frozenset()

    actions = None
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    save_as = False

    # --- Who may ---------------------------------------------------------------------------------

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return person(request).can(self.view_capability)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.add_capability is not None and person(request).can(self.add_capability)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.change_capability is not None and person(request).can(self.change_capability)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        """Only filters that the list shows: any other field, a hash too, could be asked out letter by letter."""
        offered = [item[0] if isinstance(item, tuple | list) else item for item in self.get_list_filter(request)]
        shown = {getattr(item, "parameter_name", item) for item in offered}
        return lookup.partition("__")[0] in shown | {self.date_hierarchy}

    # --- Writing through services ----------------------------------------------------------------

    def create_by_service(self, request: HttpRequest, form: Any) -> Model:
        """Make the row with the form's cleaned data; returns it."""
        raise NotImplementedError

    def change_by_service(self, request: HttpRequest, obj: Any, form: Any) -> None:
        """Change the row; form.changed_data names what was edited."""
        raise NotImplementedError

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            self._check_unchanged(request, obj, form)
            self.change_by_service(request, obj, form)
        else:
            made = self.create_by_service(request, form)
            obj.pk = made.pk

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The service has saved everything."""

    def _check_unchanged(self, request: HttpRequest, obj: Any, form: Any) -> None:
        current = type(obj).objects.select_for_update().get(pk=obj.pk)
        if request.POST.get(SEEN) != state_of(current, self._own_fields(form.fields)):
            raise Conflict(current)

    def _own_fields(self, names: Iterable[str]) -> list[str]:
        return [name for name in names if name not in self.secret_fields]

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        may = self.has_change_permission(request) if object_id else self.has_add_permission(request)
        if self.sudo and may and (asked := ask_password(request)):
            return asked
        try:
            answer = super().changeform_view(request, object_id, form_url, extra_context)
        except Refusal as refusal:
            request.refusal = refusal  # type: ignore[attr-defined]
            answer = super().changeform_view(request, object_id, form_url, extra_context)
        except Conflict as conflict:
            return self._conflict_page(request, conflict.theirs)
        if request.method == "POST" and isinstance(answer, TemplateResponse):
            answer.status_code = UNPROCESSABLE
        return answer

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form_class = _plainly(super().get_form(request, obj, change, **kwargs))
        refusal = getattr(request, "refusal", None)
        return _refusing(form_class, refusal) if refusal else form_class

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        obj = context.get("original")
        if obj is not None:
            stored = self.get_queryset(request).filter(pk=obj.pk).first() if request.method == "POST" else obj
            fields = self._own_fields(context["adminform"].form.fields)
            context["seen"] = request.POST.get(SEEN) or (state_of(stored, fields) if stored else "")
        # Our own summary stands in for Django's, with the same errors at the fields.
        context["refused"], context["errors"] = bool(context["errors"]), None
        return super().render_change_form(request, context, *args, **kwargs)

    def _conflict_page(self, request: HttpRequest, theirs: Model) -> HttpResponse:
        form = self.get_form(request, theirs, change=True)(request.POST, instance=type(theirs)())
        saved = self.get_form(request, theirs, change=True)(instance=theirs)
        rows = [
            {"label": bound.label, "theirs": _words(saved[bound.name]), "yours": _words(bound)}
            for bound in form
            if bound.name not in self.secret_fields and _words(saved[bound.name]) != _words(bound)
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Somebody else changed this meanwhile"),
            "opts": self.opts,
            "original": theirs,
            "rows": rows,
            "typed": [(k, v) for k, vs in request.POST.lists() if k not in (SEEN, "csrfmiddlewaretoken") for v in vs],
            "seen": state_of(theirs, self._own_fields(form.fields)),
        }
        return TemplateResponse(request, "admin/conflict.html", context, status=CONFLICT)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        title = {"title": str(self.opts.verbose_name_plural).capitalize()}
        return super().changelist_view(request, title | (extra_context or {}))

    # --- What Django's admin would do otherwise ----------------------------------------------------

    def get_urls(self) -> list[Any]:
        """Our own pages first; Django's for deleting do not exist."""
        name = self.opts.model_name
        kept = [url for url in super().get_urls() if url.name != f"{self.opts.app_label}_{name}_delete"]
        own = [
            path(route, self.admin_site.admin_view(view), name=f"{self.opts.app_label}_{name}_{suffix}")
            for route, view, suffix in self.own_pages()
        ]
        return own + kept

    def own_pages(self) -> Sequence[tuple[str, View, str]]:
        """Further pages: route below the model, view, and the last part of the URL's name."""
        return ()

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> Any:
        raise Http404

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        """What happened to a row stands in the audit log."""
        need(request, Capability.VIEW_AUDIT)
        if not (object_id.isascii() and object_id.isdigit() and len(object_id) < 19):
            raise Http404
        prefix = self.audit_prefix or self.opts.model_name
        return redirect(f"{reverse('admin:kernel_auditentry_changelist')}?subject={prefix}:{int(object_id)}")

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The service wrote the audit entry."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The service wrote the audit entry."""

    # --- For own pages -----------------------------------------------------------------------------

    def page(
        self, request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200
    ) -> TemplateResponse:
        """One of our own pages of this model."""
        shared = {**self.admin_site.each_context(request), "opts": self.opts}
        return TemplateResponse(request, template, shared | context, status=status)

    def url(self, suffix: str, *args: Any) -> str:
        """The address of a page of this model: url("changelist"), url("change", pk), or an own one."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{suffix}", args=args)


FILL_IN = gettext_lazy("Fill this in.")
SENTENCES: tuple[tuple[type[forms.Field], str, Any], ...] = (
    (forms.ChoiceField, "invalid_choice", gettext_lazy("Choose one from the list.")),
    (forms.EmailField, "invalid", gettext_lazy("Write the address like name@example.com.")),
    (forms.URLField, "invalid", gettext_lazy("Write the whole address, like https://shop.example.")),
    (forms.SlugField, "invalid", gettext_lazy("Use letters, digits and hyphens alone.")),
)


class ReasonForm(forms.Form):
    """Why something is taken away."""

    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Say why, so that others can follow it later.")},
    )


def confirm_act(
    model_admin: ServiceAdmin,
    request: HttpRequest,
    *,
    obj: Model,
    act: Callable[[Any], str],
    title: str,
    text: str,
    button: str,
    form_class: type[forms.Form] = ReasonForm,
) -> HttpResponse:
    """A page that asks for what an act needs, then does it. act takes the cleaned form and returns what to report."""
    form = form_class(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            done = act(form.cleaned_data)
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        else:
            messages.success(request, done)
            return redirect(model_admin.url("changelist"))
    context = {"title": title, "text": text, "button": button, "form": form, "original": obj}
    return model_admin.page(request, "admin/act.html", context, status=UNPROCESSABLE if form.errors else 200)


def _plainly(form_class: Any) -> Any:
    """The same form, saying what to do where Django says what is wrong."""
    for field in form_class.base_fields.values():
        if field.error_messages["required"] is forms.Field.default_error_messages["required"]:
            field.error_messages["required"] = FILL_IN
        for kind, code, sentence in SENTENCES:
            if isinstance(field, kind):
                field.error_messages[code] = sentence
    return form_class


def _refusing(form_class: Any, refusal: Refusal) -> Any:
    """The same form, with the refusal among its errors: what was typed stays."""

    class RefusedForm(form_class):  # type: ignore[misc]
        def _post_clean(self) -> None:
            super()._post_clean()
            self.add_error(refusal.field if refusal.field in self.fields else None, refusal.message)

    return RefusedForm


def _words(bound: Any) -> str:
    value = bound.value()
    choices = dict(getattr(bound.field, "choices", ()) or ())
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(choices.get(value, "" if value is None else value))


def now() -> Any:
    """The moment of this request, passed on to services."""
    return timezone.now()
