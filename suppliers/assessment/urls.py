from django.urls import path

from suppliers.assessment.views import actions, assess, policy, prices, score, writing

app_name = "assessment"
urlpatterns = [
    path("<int:pk>/score/", score.score_page, name="score"),
    path("<int:pk>/score/<slug:dimension>/", score.evidence_page, name="evidence"),
    path("<int:pk>/assessments/new/", assess.start, name="start"),
    path("assessments/<int:pk>/", assess.change, name="change"),
    path("assessments/<int:pk>/submit/", writing.submit, name="submit"),
    path("<int:pk>/events/new/", writing.add_event, name="add-event"),
    path("events/<int:pk>/", writing.edit_event, name="edit-event"),
    path("actions/", actions.action_list, name="actions"),
    path("actions/<int:pk>/", actions.action_page, name="action"),
    path("actions/<int:pk>/change/", actions.change, name="change-action"),
    path("actions/<int:pk>/<slug:name>/", actions.act, name="act"),
    path("<int:pk>/actions/new/", actions.ask, name="ask"),
    path("products/<int:pk>/prices/", prices.product_prices, name="prices"),
    path("policy/", policy.policy_page, name="policy"),
    path("policy/<int:number>/", policy.policy_page, name="policy-version"),
    path("policy/new/", policy.edit_policy, name="edit-policy"),
    path("<int:pk>/standing/", writing.override, name="override"),
]
