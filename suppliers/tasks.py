"""Index of the rooms' tasks, for Celery. Rooms never import this file."""

from suppliers.assessment.tasks import rescore, watch_actions
from suppliers.directory.tasks import watch_talks

__all__ = ["rescore", "watch_actions", "watch_talks"]
