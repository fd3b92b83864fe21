"""Every address of the office, against every role and method: closed unless somebody opened it, and never a crash."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import URLPattern, URLResolver, get_resolver

from backoffice.kernel import access
from backoffice.kernel.roles import Role
from tests.conftest import ClientFor

pytestmark = pytest.mark.django_db
# What the pages put into their addresses; "1" stands for a row that is not there.
ARGUMENTS = {"int": "1", "slug": "nothing", "path": "1", "str": "1"}
FOR_ALL = (
    "/admin/jsi18n/",
    "/admin/password_change/",
    "/admin/password_change/done/",
    "/admin/login/",
    "/admin/logout/",
)


def addresses(patterns: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, prefix + _filled(pattern))
        elif isinstance(pattern, URLPattern):
            yield prefix + _filled(pattern), pattern.callback


def _filled(pattern: URLPattern | URLResolver) -> str:
    route = str(pattern.pattern)
    for kind, value in ARGUMENTS.items():
        while f"<{kind}:" in route:
            before, _sep, rest = route.partition(f"<{kind}:")
            route = before + value + rest.partition(">")[2]
    return route.removesuffix("/?$").removeprefix("^") if "(" not in route else "(?P"


def office() -> list[tuple[str, Any]]:
    found = addresses(get_resolver().url_patterns, "/")
    return sorted((path, view) for path, view in found if path.startswith("/admin/") and "(?P" not in path)


OURS = ("backoffice", "suppliers", "orders", "customercare")
OFFICE = office()
PATHS = [path for path, _view in OFFICE]


def test_the_office_is_found_whole() -> None:
    assert {model._meta.model_name for model in admin.site._registry} <= {
        path.split("/")[3] for path in PATHS if path.count("/") > 3
    }
    assert len(PATHS) > 60


def test_every_address_declares_who_guards_it() -> None:
    assert [path for path, view in OFFICE if access.declared(view) is None] == []


def test_strangers_are_sent_to_the_login_page(client: Any) -> None:
    for path in PATHS:
        for method in ("get", "post"):
            answer = getattr(client, method)(path)
            assert answer.status_code in (302, 403, 405), (method, path, answer.status_code)
            if answer.status_code == 302:
                assert "/login/" in answer["Location"], path


def test_shop_staff_find_every_door_closed(client_for: ClientFor) -> None:
    client = client_for(Role.SHOP_STAFF, sudo=True)
    for path in PATHS:
        for method in ("get", "post"):
            code = getattr(client, method)(path).status_code
            assert code in (403, 405) or path in ("/admin/login/", "/admin/logout/"), (method, path, code)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.SHOP_MANAGER, Role.SUPPORT_AGENT, Role.AUDITOR])
def test_no_address_crashes_and_none_obeys_other_methods(client_for: ClientFor, role: Role) -> None:
    client = client_for(role, sudo=True)
    client.raise_request_exception = False
    for path in PATHS:
        if path == "/admin/logout/":
            continue
        for method, codes in (
            ("get", (200, 302, 403, 404, 405)),
            ("post", (200, 302, 403, 404, 405, 422)),
            ("put", (302, 403, 404, 405)),
            ("delete", (302, 403, 404, 405)),
        ):
            code = getattr(client, method)(path).status_code
            assert code in codes, (method, path, code)


def test_auditors_write_nowhere(client_for: ClientFor) -> None:
    client = client_for(Role.AUDITOR, sudo=True)
    before = rows()
    for path in PATHS:
        if path != "/admin/logout/":
            client.post(path, {"act": "exclude", "reason": "x", "name": "x"})
    assert rows() == before


def rows() -> dict[str, int]:
    """How many rows each table of ours holds."""
    own = [model for model in apps.get_models() if model.__module__.split(".")[0] in OURS]
    return {model.__name__: model._default_manager.count() for model in own}
