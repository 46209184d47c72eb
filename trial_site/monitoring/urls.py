from django.urls import path

from trial_site.monitoring import views

app_name = "monitoring"
urlpatterns = [
    path("<str:number>/", views.query, name="query"),
    path("<str:form>/<int:record_id>/<str:field>/", views.open_query, name="open_query"),
]
