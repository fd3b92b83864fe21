"""What every page's frame needs to know."""

from typing import Any

from django.http import HttpRequest

from backoffice.kernel import conditions
from backoffice.kernel.models import User


def shell(request: HttpRequest) -> dict[str, Any]:
    """The conditions that banners show; costs nothing for people who are not logged in."""
    user = getattr(request, "user", None)
    return {**conditions.for_user(user)} if isinstance(user, User) else {}
