"""Index of the rooms' tasks, for Celery. Rooms never import this file."""

from customercare.notices.tasks import advance
from customercare.vouchers.tasks import expire

__all__ = ["advance", "expire"]
