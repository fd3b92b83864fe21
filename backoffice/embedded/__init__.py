"""A real PostgreSQL and a real Valkey for a machine that has neither: nothing to install, nothing left behind."""

from backoffice.embedded.client import Lease, ensure
from backoffice.embedded.errors import EmbeddedError

__all__ = ["EmbeddedError", "Lease", "ensure"]
