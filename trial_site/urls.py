from django.urls import include, path

from trial_site.core.views import set_language

urlpatterns = [
    path("", include("trial_site.casebook.urls")),
    path("screening/", include("enrollment.urls")),
    path("", include("randomization.urls")),
    path("infusion/", include("dosing.urls")),
    path("visits/", include("outcomes.urls")),
    path("queries/", include("trial_site.monitoring.urls")),
    path("exports/", include("trial_site.exports.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("language/", set_language, name="set_language"),
]
