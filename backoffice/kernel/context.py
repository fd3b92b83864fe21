"""What every page's frame needs to know."""

from typing import Any

from django.http import HttpRequest


def shell(request: HttpRequest) -> dict[str, Any]:
    """Menu and banners; costs no query for people who are not logged in."""
    return {"app_name": "Standfast"}
