"""Index of the rooms' tasks, for Celery. Rooms never import this file."""

from suppliers.assessment.tasks import remind, rescore, watch_actions
from suppliers.contracts.tasks import check
from suppliers.directory.tasks import watch_talks
from suppliers.evidence.tasks import sweep

__all__ = ["check", "remind", "rescore", "sweep", "watch_actions", "watch_talks"]
