"""System checks with ids: unsafe settings are named before the first request."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security, deploy=True)
def production_settings(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """backoffice.E001 debug on · E002 embedded servers · E003 no mail timeout · E004 the built-in key."""
    found: list[CheckMessage] = []
    if settings.DEBUG:
        found.append(Error("DEBUG is on in production. Unset it.", id="backoffice.E001"))
    if settings.EMBEDDED_SERVERS:
        hint = "Set DATABASE_URL and REDIS_URL to served databases."
        found.append(Error("Production runs on the embedded servers.", hint=hint, id="backoffice.E002"))
    if not settings.EMAIL_TIMEOUT or settings.EMAIL_TIMEOUT > 60:
        found.append(Error("EMAIL_TIMEOUT must be between 1 and 60 seconds.", id="backoffice.E003"))
    if settings.SECRET_KEY.startswith("only-for-a-machine-of-your-own"):
        found.append(Error("SECRET_KEY is the built-in one. Set your own.", id="backoffice.E004"))
    return found
