"""People and shops."""

from itertools import count
from typing import Any

from backoffice.kernel.models import Store, User
from backoffice.kernel.roles import Role

PASSWORD = "a long walk by the sea"
_numbers = count(1)


def make_user(role: Role | str = Role.ADMIN, username: str = "", **fields: Any) -> User:
    """One person with this role. Log in with PASSWORD, or use the client_for fixture."""
    name = username or f"{role}-{next(_numbers)}"
    return User.objects.create_user(username=name, password=PASSWORD, **{"role": str(role)} | fields)


def make_store(slug: str = "", **fields: Any) -> Store:
    """One shop that sells in złoty and lives by Warsaw's clock."""
    slug = slug or f"store-{next(_numbers)}"
    given = {
        "slug": slug,
        "name": "Kettle & Co",
        "currency": "PLN",
        "language": "en",
        "time_zone": "Europe/Warsaw",
        "sender": f"orders@{slug}.example",
        "reply_to": f"help@{slug}.example",
        "order_url_base": f"https://{slug}.example",
    }
    return Store.objects.create(**given | fields)
