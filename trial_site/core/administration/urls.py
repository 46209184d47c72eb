from django.urls import path

from trial_site.core.administration import views

app_name = "administration"
urlpatterns = [
    path("sites/", views.sites, name="sites"),
    path("sites/<str:code>/", views.site, name="site"),
    path("staff/", views.staff, name="staff"),
    path("staff/<int:person>/", views.account, name="account"),
    path("staff/<int:person>/new-password/", views.new_password, name="new_password"),
    path("staff/<int:person>/close/", views.close, name="close"),
    path("delegations/", views.delegations, name="delegations"),
    path("delegations/of/<int:person>/", views.delegate, name="delegate"),
    path("delegations/<int:line>/end/", views.end_delegation, name="end_delegation"),
]
