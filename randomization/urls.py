from django.urls import path

from randomization import unblinded_views, views

app_name = "randomization"
urlpatterns = [
    path("randomization/<str:number>/", views.randomize, name="randomize"),
    path("randomization/<str:number>/in-error/", views.in_error, name="in_error"),
    path("code-breaks/", views.code_breaks, name="code_breaks"),
    path("code-breaks/letters/", views.letters, name="letters"),
    path("code-breaks/<str:number>/letter/", views.letter_opened, name="letter_opened"),
    path("code-breaks/<str:number>/impact/", views.impact, name="impact"),
    path("unblinded/<str:number>/kit-contents/", unblinded_views.disclose, name="disclose"),
    path("unblinded/<str:number>/code-break/", unblinded_views.break_code, name="break_code"),
]
