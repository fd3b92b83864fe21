from django.urls import path

from suppliers.directory.views import prospects, suppliers

app_name = "directory"
urlpatterns = [
    path("new/", suppliers.add_supplier, name="add"),
    path("<int:pk>/edit/", suppliers.edit_supplier, name="edit"),
    path("<int:pk>/contacts/new/", suppliers.add_contact, name="add-contact"),
    path("contacts/<int:pk>/", suppliers.edit_contact, name="edit-contact"),
    path("<int:pk>/certificates/new/", suppliers.add_certificate, name="add-certificate"),
    path("certificates/<int:pk>/", suppliers.edit_certificate, name="edit-certificate"),
    path("<int:pk>/talks/", suppliers.talks, name="talks"),
    path("prospects/", prospects.prospect_list, name="prospects"),
    path("prospects/new/", prospects.add_prospect, name="add-prospect"),
    path("prospects/<int:pk>/", prospects.prospect_page, name="prospect"),
    path("prospects/<int:pk>/edit/", prospects.edit_prospect, name="edit-prospect"),
    path("prospects/<int:pk>/turn/", prospects.turn, name="turn"),
]
