from django.urls import path

from enrollment import views

app_name = "enrollment"
urlpatterns = [
    path("", views.log, name="log"),
    path("sites/<str:code>/versions/", views.versions, name="versions"),
    path("sites/<str:code>/versions/consent/", views.approve_consent, name="approve_consent"),
    path("sites/<str:code>/versions/protocol/", views.approve_protocol, name="approve_protocol"),
    path("<str:number>/declined/", views.declined, name="declined"),
    path("<str:number>/again/", views.rescreen, name="rescreen"),
    path("<str:number>/consent/", views.consent, name="consent"),
    path("<str:number>/identity/", views.identity, name="identity"),
    path("<str:number>/identity/shown/", views.show_identity, name="show_identity"),
    path("<str:number>/identity/e-mail/", views.email_contact, name="email_contact"),
    path("<str:number>/form/", views.screening, name="screening"),
    path("<str:number>/verdict/", views.verdict, name="verdict"),
    path("<str:number>/draft/take-over/", views.take_over, name="take_over"),
    path("<str:number>/draft/discard/", views.discard, name="discard"),
    path("<str:number>/eligibility/", views.eligibility, name="eligibility"),
    path("<str:number>/eligibility/taken-back/", views.unsign, name="unsign"),
    path("<str:number>/screen-failure/", views.screen_failure, name="screen_failure"),
    path("<str:number>/withdrawal/", views.withdrawal, name="withdrawal"),
    path("<str:number>/ending/", views.ending, name="ending"),
    path("<str:number>/ending/<int:ending>/taken-back/", views.take_back_ending, name="take_back_ending"),
    path("<str:number>/contacts/", views.contacts, name="contacts"),
]
