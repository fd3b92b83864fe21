"""Index of the rooms' tasks, for Celery. Rooms never import this file."""

from suppliers.assessment.tasks import rescore, watch_actions

__all__ = ["rescore", "watch_actions"]
