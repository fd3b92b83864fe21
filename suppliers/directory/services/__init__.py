"""Writes to the supplier directory: suppliers, their people, papers and talks, and prospects."""

from suppliers.directory.services.certificates import add_certificate, change_certificate
from suppliers.directory.services.common import require_editor
from suppliers.directory.services.contacts import add_contact, change_contact
from suppliers.directory.services.prospects import add_prospect, change_prospect, turn_into_supplier
from suppliers.directory.services.suppliers import add_supplier, change_supplier, ensure, register_use
from suppliers.directory.services.talks import log_talk
from suppliers.directory.services.watching import tell_of_due

__all__ = [
    "add_certificate",
    "add_contact",
    "add_prospect",
    "add_supplier",
    "change_certificate",
    "change_contact",
    "change_prospect",
    "change_supplier",
    "ensure",
    "log_talk",
    "register_use",
    "require_editor",
    "tell_of_due",
    "turn_into_supplier",
]
