from django.urls import path

from suppliers.questionnaires.views import staff

app_name = "questionnaires"
urlpatterns = [
    path("<int:pk>/assessments/", staff.tasks_page, name="tasks"),
    path("<int:pk>/sheets/new/", staff.start, name="start"),
    path("sheets/<int:pk>/", staff.sheet_page, name="sheet"),
    path("sheets/<int:pk>/fill/", staff.fill, name="fill"),
    path("sheets/<int:pk>/review/", staff.review, name="review"),
    path("sheets/<int:pk>/send-back/", staff.send_back, name="send-back"),
    path("sheets/<int:pk>/link/", staff.issue, name="issue"),
    path("sheets/<int:pk>/revoke/", staff.revoke, name="revoke"),
    path("sheets/<int:pk>/close/", staff.close, name="close"),
]
