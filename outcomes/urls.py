from django.urls import path

from outcomes import views

app_name = "outcomes"
urlpatterns = [
    path("reminders/", views.reminders, name="reminders"),
    path("<str:number>/adverse-events/", views.adverse_event, name="adverse_event"),
    path("<str:number>/adverse-events/<int:event>/", views.adverse_event, name="amend_adverse_event"),
    path("<str:number>/<str:code>/", views.visit, name="visit"),
    path("<str:number>/<str:code>/laboratory/", views.laboratory, name="laboratory"),
    path("<str:number>/<str:code>/date/", views.visit_date, name="visit_date"),
]
