"""Conditions that every page shows: asked only where a template looks, and once a page."""

import pytest

from backoffice.kernel import conditions
from backoffice.kernel.models import User


def test_is_asked_once_a_page_and_only_when_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conditions, "_providers", {})
    asked: list[User] = []

    def provider(user: User) -> conditions.Condition:
        asked.append(user)
        return {"url": "/x/", "label": "See why"}

    conditions.register("flooded", provider)
    user = User(username="ada")
    page = conditions.for_user(user)
    assert asked == []
    assert page["flooded"]() == page["flooded"]() == {"url": "/x/", "label": "See why"}
    assert asked == [user]
