from django.urls import include, path

urlpatterns = [
    path("", include("trial_site.casebook.urls")),
    path("screening/", include("enrollment.urls")),
    path("", include("randomization.urls")),
    path("infusion/", include("dosing.urls")),
    path("visits/", include("outcomes.urls")),
    path("queries/", include("trial_site.monitoring.urls")),
    path("exports/", include("trial_site.exports.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("language/", include("django.conf.urls.i18n")),
]
