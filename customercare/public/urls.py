from django.urls import path

from customercare.public import views

app_name = "public"
urlpatterns = [path("<str:token>/", views.order_page, name="order")]
