from django.urls import path

from customercare.notices import views

app_name = "notices"
urlpatterns = [
    path("", views.send_list, name="list"),
    path("new/", views.compose, name="compose"),
    path("<int:pk>/", views.send, name="send"),
    path("<int:pk>/progress/", views.progress, name="progress"),
    path("<int:pk>/sample/<int:leader>/", views.sample, name="sample"),
    path("<int:pk>/confirm/", views.confirm, name="confirm"),
    path("<int:pk>/approve/", views.approve, name="approve"),
    path("<int:pk>/do/<slug:verb>/", views.operate, name="operate"),
    path("order/<int:pk>/", views.order_panel, name="order-panel"),
]
