from django.urls import path

from orders.stock.views import articles, transfers

app_name = "stock"
urlpatterns = [
    path("", articles.stock_list, name="list"),
    path("<int:pk>/", articles.article, name="article"),
    path("<int:pk>/buffer/", articles.keep, name="keep"),
    path("<int:pk>/stop/", articles.stop, name="stop"),
    path("<int:pk>/show/", articles.show, name="show"),
    path("levels/<int:pk>/adjust/", articles.adjust, name="adjust"),
    path("transfers/", transfers.transfer_list, name="transfers"),
    path("transfers/new/", transfers.draft, name="draft"),
    path("transfers/<int:pk>/", transfers.transfer, name="transfer"),
    path("transfers/<int:pk>/send/", transfers.send, name="send"),
    path("transfers/<int:pk>/receive/", transfers.receive, name="receive"),
]
