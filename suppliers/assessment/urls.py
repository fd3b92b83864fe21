from django.urls import path

from suppliers.assessment.views import score, writing

app_name = "assessment"
urlpatterns = [
    path("<int:pk>/score/", score.score_page, name="score"),
    path("<int:pk>/score/<slug:dimension>/", score.evidence_page, name="evidence"),
    path("<int:pk>/assessments/new/", writing.start, name="start"),
    path("assessments/<int:pk>/", writing.change, name="change"),
    path("assessments/<int:pk>/submit/", writing.submit, name="submit"),
    path("<int:pk>/events/new/", writing.add_event, name="add-event"),
    path("events/<int:pk>/", writing.edit_event, name="edit-event"),
    path("<int:pk>/standing/", writing.override, name="override"),
]
