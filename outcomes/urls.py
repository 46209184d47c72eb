from django.urls import path

from outcomes import views

app_name = "outcomes"
urlpatterns = [
    path("reminders/", views.reminders, name="reminders"),
    path("reminders/mine/", views.my_reminders, name="my_reminders"),
    path("calls/", views.calls, name="calls"),
    path("reminders/<int:key>/", views.resend, name="resend"),
    path("ranges/<str:code>/", views.ranges, name="ranges"),
    path("laboratory-file/<str:code>/", views.laboratory_file, name="laboratory_file"),
    path("ct/", views.ct_reads, name="ct_reads"),
    path("ct/<str:code>/", views.read_ct, name="read_ct"),
    path("safety/", views.safety, name="safety"),
    path("<str:number>/forms/", views.other_forms, name="other_forms"),
    path("<str:number>/forms/<str:form>/", views.entries, name="entries"),
    path("<str:number>/forms/<str:form>/<int:entry>/", views.entry, name="entry"),
    path("<str:number>/guess/", views.guess, name="guess"),
    path("<str:number>/results/", views.results, name="results"),
    path("<str:number>/daily-status/", views.daily_status, name="daily_status"),
    path("<str:number>/adverse-events/", views.adverse_event, name="adverse_event"),
    path("<str:number>/adverse-events/<int:event>/", views.adverse_event, name="amend_adverse_event"),
    path("<str:number>/adverse-events/<int:event>/report/", views.serious_event, name="serious_event"),
    path(
        "<str:number>/adverse-events/<int:event>/report.pdf",
        views.serious_event_pdf,
        name="serious_event_pdf",
    ),
    path("<str:number>/adverse-events/<int:event>/assessment/", views.susar, name="susar"),
    path("<str:number>/drafts/<str:form>/<int:entry>/", views.keep_draft, name="keep_draft"),
    path(
        "<str:number>/drafts/<str:form>/<int:entry>/take-over/",
        views.take_over_draft,
        name="take_over_draft",
    ),
    path("<str:number>/drafts/<str:form>/<int:entry>/discard/", views.discard_draft, name="discard_draft"),
    path("<str:number>/<str:key>/", views.visit, name="visit"),
    path("<str:number>/<str:key>/check/", views.check, name="check"),
    path("<str:number>/<str:key>/draft/take-over/", views.take_over, name="take_over"),
    path("<str:number>/<str:key>/draft/discard/", views.discard, name="discard"),
    path("<str:number>/<str:key>/date/", views.visit_date, name="visit_date"),
]
