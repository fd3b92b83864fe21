from django.urls import path

from suppliers.catalog import views

app_name = "catalog"
urlpatterns = [
    path("<int:pk>/items/", views.item_list, name="items"),
    path("<int:pk>/items/new/", views.add_item, name="add-item"),
    path("items/<int:pk>/", views.edit_item, name="edit-item"),
    path("items/<int:pk>/move/", views.move, name="move"),
    path("products/<int:pk>/", views.product_page, name="product"),
]
