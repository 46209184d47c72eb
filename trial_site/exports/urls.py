from django.urls import path

from trial_site.exports import board_views, unblinded_views, views

app_name = "exports"
urlpatterns = [
    path("", views.exports, name="exports"),
    path("make/", views.make, name="make"),
    path("open-report/", board_views.open_report, name="open_report"),
    path("closed-report/", board_views.closed_report, name="closed_report"),
    path("unblinded/", unblinded_views.unblinded, name="unblinded"),
    path("<slug:code>/", views.export, name="export"),
    path("<slug:code>/file/", views.take, name="take"),
    path("<slug:code>/manifest/", views.manifest, name="manifest"),
    path("<slug:code>/cancel/", views.cancel, name="cancel"),
]
