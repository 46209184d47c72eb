from django.urls import path

from randomization import unblinded_views, views

app_name = "randomization"
urlpatterns = [
    path("randomization/<str:number>/", views.randomize, name="randomize"),
    path("unblinded/<str:number>/kit-contents/", unblinded_views.disclose, name="disclose"),
]
