from django.urls import path

from backoffice.messaging import views

app_name = "messaging"
urlpatterns = [
    path("", views.message_list, name="list"),
    path("sending/", views.outbound, name="outbound"),
    path("pause/", views.pause, name="pause"),
    path("resume/", views.resume, name="resume"),
    path("<int:pk>/", views.message_page, name="page"),
    path("<int:pk>/body/", views.body, name="body"),
    path("<int:pk>/resend/", views.resend, name="resend"),
    path("<int:pk>/mark-delivered/", views.mark_delivered, name="mark-delivered"),
]
