"""The Celery application. A task is a wake-up: the work list is always in PostgreSQL."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")

app = Celery("standfast")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
