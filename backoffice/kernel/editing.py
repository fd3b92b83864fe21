"""One way for every form page of the staff: a token that works once, refusals in place, both values on a conflict."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.db import transaction
from django.forms import BoundField
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from backoffice.kernel import form_tokens
from backoffice.kernel.access import StaffRequest
from backoffice.kernel.errors import Refusal, Stale
from backoffice.kernel.fields import Whole

UNPROCESSABLE = 422
CONFLICT = 409
OWN_FIELDS = ("token", "version")
LARGEST_VERSION = 2_000_000_000


class EditForm(forms.Form):
    """A form that knows which version of a row it shows. layout: fields that stand side by side, row by row."""

    token = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)
    version = Whole(smallest=0, largest=LARGEST_VERSION, widget=forms.HiddenInput, required=False)
    layout: ClassVar[tuple[tuple[str, ...], ...]] = ()

    def rows(self) -> Iterator[list[BoundField]]:
        """The visible fields in rows; those that the layout does not name follow one by one."""
        named = {name for row in self.layout for name in row}
        for row in self.layout:
            if present := [self[name] for name in row if name in self.fields]:
                yield present
        yield from ([bound] for bound in self.visible_fields() if bound.name not in named)

    def values(self) -> dict[str, Any]:
        """What was typed, without what the page itself carries."""
        return {name: value for name, value in self.cleaned_data.items() if name not in OWN_FIELDS}

    def refuse(self, refusal: Refusal) -> None:
        """Show a service's no where it belongs."""
        self.add_error(refusal.field if refusal.field in self.fields else None, refusal.message)


@dataclass(frozen=True, slots=True)
class Screen:
    """The words of one form page. back_url: where it was opened from, and where saving leads. done: said afterwards.
    note: a sentence above the form."""

    title: str
    button: str
    done: str
    back_url: str
    back_label: str
    note: str = ""


def initial(version: int = 0, **values: Any) -> dict[str, Any]:
    """The first values of a form: a fresh token, the version that is shown, and the row's own."""
    return {"token": form_tokens.new(), "version": version} | values


def show(request: StaffRequest, screen: Screen, form: EditForm, *, status: int = 200) -> HttpResponse:
    """The form page."""
    return render(request, "kernel/edit.html", {"screen": screen, "form": form}, status=status)


def of_row(row: Any, form_class: type[EditForm]) -> dict[str, Any]:
    """The first values of a form that shows a stored row, field by field."""
    own = [name for name in form_class.base_fields if name not in OWN_FIELDS]
    return initial(row.version, **{name: getattr(row, name) for name in own})


def serve(
    request: StaffRequest,
    screen: Screen,
    make: Callable[..., EditForm],
    act: Callable[[Any], str],
    *,
    purpose: str,
    now: datetime,
    first: Callable[[], dict[str, Any]] = initial,
    stored: Callable[[], dict[str, Any]] | None = None,
) -> HttpResponse:
    """A whole form page: shown, or done once.

    make: the class of the form, or what builds one like it. act: calls one service with the cleaned form and returns
    where to go. first: the values of a new form; stored: of the row as it is stored now, where one is changed.
    """
    if request.method != "POST":
        return show(request, screen, make(initial=(stored or first)()))
    form = make(request.POST)
    saved = None if stored is None else lambda: make(initial=stored())
    return answer(request, screen, form, lambda: act(form), purpose=purpose, now=now, saved=saved)


def answer(
    request: StaffRequest,
    screen: Screen,
    form: EditForm,
    act: Callable[[], str],
    *,
    purpose: str,
    now: datetime,
    saved: Callable[[], EditForm] | None = None,
    again: Callable[[EditForm], HttpResponse] | None = None,
) -> HttpResponse:
    """Do it once and go on; a no comes back on the form with everything typed kept.

    act: calls one service and returns where to go. saved: the form of the row as it is stored now, for a conflict.
    again: shows the form anew, where it stands on a page with other things.
    """
    if request.POST.get("resolve") == "theirs":
        return redirect(screen.back_url)
    back = again or (lambda refused: show(request, screen, refused, status=UNPROCESSABLE))
    if not form.is_valid():
        return back(form)
    token = form.cleaned_data["token"]
    try:
        with transaction.atomic():
            earlier = form_tokens.use(token=token, user=request.user, purpose=purpose, now=now)
            if earlier is not None:
                return redirect(earlier or screen.back_url)
            url = act()
            form_tokens.settle(token=token, url=url)
    except Refusal as refusal:
        if isinstance(refusal, Stale) and saved is not None:
            return _conflict(request, screen, typed=form, saved=saved())
        form.refuse(refusal)
        return back(form)
    messages.success(request, screen.done)
    return redirect(url)


def _conflict(request: StaffRequest, screen: Screen, *, typed: EditForm, saved: EditForm) -> HttpResponse:
    differing = [
        (str(bound.label), _words(saved[bound.name]), _words(bound))
        for bound in typed.visible_fields()
        if _words(saved[bound.name]) != _words(bound)
    ]
    kept = [
        (name, value)
        for name, values in request.POST.lists()
        if name not in ("csrfmiddlewaretoken", "version", "resolve")
        for value in values
    ]
    context = {
        "screen": screen,
        "version": saved.initial["version"],
        "theirs": "\n".join(f"{label}: {theirs}" for label, theirs, _mine in differing) or _("Both say the same."),
        "yours": "\n".join(f"{label}: {mine}" for label, _theirs, mine in differing) or _("Both say the same."),
        "kept": kept,
    }
    return render(request, "kernel/conflict.html", context, status=CONFLICT)


def _words(bound: BoundField) -> str:
    """What a field holds, as a person reads it."""
    value = bound.field.prepare_value(bound.value()) if not bound.form.is_bound else bound.value()
    choices = {str(code): str(label) for code, label in getattr(bound.field, "choices", ())}
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list | tuple):
        return ", ".join(choices.get(str(one), str(one)) for one in value) or "—"
    return choices.get(str(value), str(value)) if value not in (None, "") else "—"
