"""Makes the office (admin_site.Office) the one admin site of the project."""

from django.contrib.admin.apps import AdminConfig


class OfficeConfig(AdminConfig):
    default_site = "backoffice.kernel.admin_site.Office"
