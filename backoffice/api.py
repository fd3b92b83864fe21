"""The API for machines: the rooms' routers under one roof.

No documentation page: its scripts would need a looser CSP. The OpenAPI document itself is for admins and auditors.
"""

from django.urls import URLPattern
from ninja import NinjaAPI

from backoffice.kernel import access
from backoffice.kernel.roles import Capability
from customercare.vouchers.api import router as vouchers

api = NinjaAPI(
    title="Standfast",
    version="1",
    docs_url=None,
    openapi_url="openapi.json",
    docs_decorator=access.require(read=Capability.VIEW_SETTINGS),
    urls_namespace="api",
)
api.add_router("/vouchers", vouchers)


def urlpatterns() -> list[URLPattern]:
    """The API's URLs, each saying that it checks a key by itself; the bare root tells nothing."""
    patterns = [pattern for pattern in api.urls[0] if isinstance(pattern, URLPattern)]
    for pattern in patterns:
        if pattern.name == "api-root":
            access.public()(pattern.callback)
        elif access.declared(pattern.callback) is None:
            access.own("api key", methods=("POST",))(pattern.callback)
    return patterns


urls = (urlpatterns(), "ninja", "api")
