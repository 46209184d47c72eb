from django.urls import path

from trial_site.exports import views

app_name = "exports"
urlpatterns = [
    path("", views.exports, name="exports"),
    path("make/", views.make, name="make"),
    path("<slug:code>/", views.export, name="export"),
    path("<slug:code>/file/", views.take, name="take"),
    path("<slug:code>/manifest/", views.manifest, name="manifest"),
    path("<slug:code>/cancel/", views.cancel, name="cancel"),
]
