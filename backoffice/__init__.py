"""The wiring of the house and its two lowest floors, kernel and messaging."""

from backoffice.celery import app as celery_app

__all__ = ["celery_app"]
