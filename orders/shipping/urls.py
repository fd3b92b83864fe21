from django.urls import path

from orders.shipping import views

app_name = "shipping"
urlpatterns = [path("<int:pk>/parcels/", views.order_panel, name="order-panel")]
