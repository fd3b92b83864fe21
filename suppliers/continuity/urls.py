from django.urls import path

from suppliers.continuity.views import backups, pages, switches

app_name = "continuity"
urlpatterns = [
    path("coverage/", pages.coverage, name="coverage"),
    path("<int:pk>/stops/", pages.stops, name="stops"),
    path("<int:pk>/default/", backups.declare, name="declare"),
    path("<int:pk>/lift/", backups.lift, name="lift"),
    path("items/<int:pk>/verify/", backups.verify, name="verify"),
    path("<int:pk>/switch/", switches.switch, name="switch"),
    path("switches/<int:pk>/", switches.plan, name="plan"),
    path("switches/<int:pk>/confirm/", switches.confirm, name="confirm"),
    path("switches/<int:pk>/undo/", switches.undo, name="undo"),
]
