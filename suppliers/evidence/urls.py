from django.urls import path

from suppliers.evidence import views

app_name = "evidence"
urlpatterns = [path("evidence/<slug:key>/", views.download, name="file")]
