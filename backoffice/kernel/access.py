"""Every view says who may read it and who may write through it; a view that says nothing is closed.

    @access.require(read=Capability.VIEW_ORDERS)
    def order_list(request): ...

    @access.require(read=Capability.VIEW_BULK, write=Capability.SEND_BULK)
    def send(request): ...

Anonymous people are sent to the login page; a role without the capability gets 403; a method
that the view does not offer gets 405.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, TypeVar

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.utils import timezone

from backoffice.kernel.models import User
from backoffice.kernel.roles import Capability

READ_METHODS = ("GET", "HEAD")
View = TypeVar("View", bound=Callable[..., HttpResponseBase])
SUDO_SESSION_KEY = "confirmed_at"


class StaffRequest(HttpRequest):
    """A request whose user has passed an access check."""

    user: User
    htmx: Any


@dataclass(frozen=True, slots=True)
class Access:
    """What a view declared. public: anybody, without a login. own: the view checks a token or key itself."""

    read: Capability | None = None
    write: Capability | None = None
    public: bool = False
    own: str = ""
    methods: tuple[str, ...] = READ_METHODS
    sudo: bool = False


def declared(view: Callable[..., object]) -> Access | None:
    """The Access that a view declared, or None."""
    return getattr(view, "access", None)


def require(
    *, read: Capability | None = None, write: Capability | None = None, sudo: bool = False
) -> Callable[[Callable[Concatenate[StaffRequest, ...], HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Guard a staff view. write (POST) without read makes the view POST-only. sudo: ask for the password
    again when the last time is over fifteen minutes ago."""
    methods = (READ_METHODS if read else ()) + (("POST",) if write else ())
    rule = Access(read=read, write=write, methods=methods, sudo=sudo)

    def decorate(view: Callable[Concatenate[StaffRequest, ...], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            refused = check(request, rule)
            return refused if refused is not None else view(request, *args, **kwargs)

        guarded.access = rule  # type: ignore[attr-defined]
        return guarded

    return decorate


def check(request: HttpRequest, rule: Access) -> HttpResponse | None:
    """The answer that refuses this request under the rule, or None when it may go on. Raises PermissionDenied."""
    if not isinstance(request.user, User) or not request.user.is_active:
        return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
    needed = rule.read if request.method in READ_METHODS else rule.write
    if request.method not in (*READ_METHODS, "POST"):
        return HttpResponseNotAllowed(rule.methods)
    if needed is None:
        held = [c for c in (rule.read, rule.write) if c and request.user.can(c)]
        if not held:
            raise PermissionDenied
        return HttpResponseNotAllowed(rule.methods)
    if not request.user.can(needed):
        raise PermissionDenied
    if rule.sudo and not confirmed_recently(request):
        return redirect_to_login(request.get_full_path(), "confirm-password")
    return None


def person(request: HttpRequest) -> User:
    """The user who has logged in. Raises PermissionDenied for anybody else."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def confirmed_recently(request: HttpRequest) -> bool:
    """True when this session typed its password within SUDO_SECONDS."""
    at = request.session.get(SUDO_SESSION_KEY, 0)
    return bool(timezone.now().timestamp() - float(at) <= settings.SUDO_SECONDS)


def public(*, methods: tuple[str, ...] = READ_METHODS) -> Callable[[View], View]:
    """Declare a view that anybody may open."""

    def decorate(view: View) -> View:
        view.access = Access(public=True, methods=methods)  # type: ignore[attr-defined]
        return view

    return decorate


def own(kind: str, *, methods: tuple[str, ...] = READ_METHODS) -> Callable[[View], View]:
    """Declare a view that checks its own credential: kind says which ("order link", "api key", "admin")."""

    def decorate(view: View) -> View:
        view.access = Access(own=kind, methods=methods)  # type: ignore[attr-defined]
        return view

    return decorate
