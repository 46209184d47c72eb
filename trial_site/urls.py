from allauth.account import views as account
from django.urls import include, path

from trial_site.core.administration.views import choose_password
from trial_site.core.pause_pages import end_pause, pauses
from trial_site.core.views import set_language

# Of allauth's pages only these. Nobody signs up, changes an e-mail address or asks for a new password by e-mail: an
# account that signs records is given out by the administrator (21 CFR 11.100, 11.300), who sends a link.
accounts = [
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("password/choose/<str:key>/<str:token>/", choose_password, name="account_choose_password"),
]
urlpatterns = [
    path("", include("trial_site.casebook.urls")),
    path("", include("trial_site.core.administration.urls")),
    path("screening/", include("enrollment.urls")),
    path("", include("randomization.urls")),
    path("", include("dosing.urls")),
    path("visits/", include("outcomes.urls")),
    path("queries/", include("trial_site.monitoring.urls")),
    path("exports/", include("trial_site.exports.urls")),
    path("accounts/", include(accounts)),
    path("pauses/", pauses, name="pauses"),
    path("pauses/<int:key>/", end_pause, name="end_pause"),
    path("language/", set_language, name="set_language"),
]
