"""Index of the rooms' tasks, for Celery. Rooms never import this file."""

from suppliers.assessment.tasks import rescore

__all__ = ["rescore"]
