"""Index of the rooms' tasks, for Celery. Rooms never import this file."""

from orders.stock.tasks import settle, verify

__all__ = ["settle", "verify"]
