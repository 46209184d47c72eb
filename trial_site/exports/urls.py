from django.urls import path

from trial_site.exports import views

app_name = "exports"
urlpatterns = [
    path("", views.exports, name="exports"),
    path("make/", views.make, name="make"),
]
