from django.urls import path

from suppliers.questionnaires.views import public

app_name = "sheet"
urlpatterns = [path("<str:token>/", public.answers, name="answers")]
