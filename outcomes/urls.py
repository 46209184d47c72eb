from django.urls import path

from outcomes import views

app_name = "outcomes"
urlpatterns = [
    path("reminders/", views.reminders, name="reminders"),
    path("<str:number>/forms/", views.other_forms, name="other_forms"),
    path("<str:number>/forms/<str:form>/", views.entries, name="entries"),
    path("<str:number>/forms/<str:form>/<int:entry>/", views.entry, name="entry"),
    path("<str:number>/daily-status/", views.daily_status, name="daily_status"),
    path("<str:number>/adverse-events/", views.adverse_event, name="adverse_event"),
    path("<str:number>/adverse-events/<int:event>/", views.adverse_event, name="amend_adverse_event"),
    path("<str:number>/<str:key>/", views.visit, name="visit"),
    path("<str:number>/<str:key>/check/", views.check, name="check"),
    path("<str:number>/<str:key>/date/", views.visit_date, name="visit_date"),
]
