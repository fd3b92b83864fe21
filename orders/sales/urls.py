from django.urls import path

from orders.sales import views

app_name = "sales"
urlpatterns = [
    path("", views.order_list, name="list"),
    path("<int:pk>/", views.order_page, name="page"),
    path("<int:pk>/expect/", views.expect, name="expect"),
]
