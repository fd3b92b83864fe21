from django.urls import path

from suppliers.contracts.views import claims, contracts, lists, papers

app_name = "contracts"
urlpatterns = [
    path("contracts/", lists.contract_list, name="list"),
    path("claims/", lists.claim_list, name="claims"),
    path("<int:pk>/contracts/", lists.of_supplier, name="of-supplier"),
    path("<int:pk>/contracts/new/", contracts.add, name="add"),
    path("<int:pk>/claims/new/", claims.add, name="add-claim"),
    path("contracts/<int:pk>/", contracts.page, name="page"),
    path("contracts/<int:pk>/edit/", contracts.edit, name="edit"),
    path("contracts/<int:pk>/activate/", contracts.activate, name="activate"),
    path("contracts/<int:pk>/terminate/", contracts.terminate, name="terminate"),
    path("contracts/<int:pk>/levels/new/", contracts.add_level, name="add-level"),
    path("contracts/<int:pk>/claim/", claims.claim_breaches, name="claim-breaches"),
    path("levels/<int:pk>/", contracts.edit_level, name="edit-level"),
    path("levels/<int:pk>/end/", contracts.end_level, name="end-level"),
    path("breaches/<int:pk>/", papers.breach, name="breach"),
    path("breaches/<int:pk>/waive/", claims.waive, name="waive"),
    path("claims/<int:pk>/", claims.page, name="claim"),
    path("claims/<int:pk>/edit/", claims.edit, name="edit-claim"),
    path("claims/<int:pk>/step/<slug:step>/", claims.move, name="move"),
    path("claims/<int:pk>/recoveries/new/", claims.add_recovery, name="add-recovery"),
    path("claims/<int:pk>/evidence.pdf", papers.evidence_pdf, name="pdf"),
    path("claims/<int:pk>/evidence.csv", papers.evidence_csv, name="csv"),
]
