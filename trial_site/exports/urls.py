from django.urls import path

from trial_site.exports import board_views, close_out_views, unblinded_views, views

app_name = "exports"
urlpatterns = [
    path("", views.exports, name="exports"),
    path("make/", views.make, name="make"),
    path("open-report/", board_views.open_report, name="open_report"),
    path("closed-report/", board_views.closed_report, name="closed_report"),
    path("unblinded/", unblinded_views.unblinded, name="unblinded"),
    path("close-out/", close_out_views.sites, name="close_out"),
    path("close-out/<str:code>/", close_out_views.site, name="close_out_site"),
    path("close-out/<str:code>/close/", close_out_views.close, name="close_site"),
    path("close-out/<str:code>/open/", close_out_views.open_again, name="open_site_again"),
    path("close-out/<str:code>/copy/<slug:copy>/", close_out_views.take_copy, name="take_copy"),
    path("<slug:code>/", views.export, name="export"),
    path("<slug:code>/file/", views.take, name="take"),
    path("<slug:code>/manifest/", views.manifest, name="manifest"),
    path("<slug:code>/cancel/", views.cancel, name="cancel"),
]
