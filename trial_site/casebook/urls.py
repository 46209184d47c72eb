from django.urls import include, path

from trial_site.casebook import views

casebook = [
    path("participants/", views.subjects, name="subjects"),
    path("participants/<str:number>/", views.subject, name="subject"),
    path("participants/<str:number>/audit/", views.audit, name="audit"),
    path("queries/", views.queries, name="queries"),
    path("protocol/", views.protocol, name="protocol"),
]
urlpatterns = [
    path("", views.home, name="home"),
    path("", include((casebook, "casebook"))),
]
