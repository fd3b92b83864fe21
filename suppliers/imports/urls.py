from django.urls import path

from suppliers.imports.views import pages, steps

app_name = "imports"
urlpatterns = [
    path("imports/", pages.past, name="list"),
    path("imports/new/", steps.start, name="start"),
    path("imports/<int:pk>/", pages.page, name="page"),
    path("imports/<int:pk>/columns/", steps.columns, name="columns"),
    path("imports/<int:pk>/rows/", steps.rows, name="rows"),
    path("imports/<int:pk>/errors/", pages.errors, name="errors"),
    path("imports/<int:pk>/run/", pages.run, name="run"),
    path("imports/<int:pk>/undo/", pages.undo, name="undo"),
    path("imports/<int:pk>/drop/", pages.drop, name="drop"),
]
