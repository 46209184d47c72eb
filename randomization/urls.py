from django.urls import path, register_converter
from django.urls.converters import StringConverter

from randomization import unblinded_views, views


class ShipmentNumber(StringConverter):
    regex = "[A-Z0-9]{1,12}"


register_converter(ShipmentNumber, "shipment")
app_name = "randomization"
urlpatterns = [
    path("randomization/<str:number>/", views.randomize, name="randomize"),
    path("randomization/<str:number>/in-error/", views.in_error, name="in_error"),
    path("code-breaks/", views.code_breaks, name="code_breaks"),
    path("code-breaks/letters/", views.letters, name="letters"),
    path("code-breaks/<str:number>/letter/", views.letter_opened, name="letter_opened"),
    path("code-breaks/<str:number>/impact/", views.impact, name="impact"),
    path("treatment-told/", views.told, name="told"),
    path("supply/", views.supply, name="supply"),
    path("unblinded/study/", unblinded_views.study, name="study"),
    path("unblinded/supply/<str:code>/", unblinded_views.open_stock, name="open_stock"),
    path("unblinded/supply/<str:code>/kits/", unblinded_views.account, name="account"),
    path("unblinded/supply/<str:code>/shipments/", unblinded_views.receive, name="receive"),
    path(
        "unblinded/supply/<str:code>/shipments/<shipment:number>/", unblinded_views.shipment, name="shipment"
    ),
    path("unblinded/supply/<str:code>/hold/", unblinded_views.set_hold, name="set_hold"),
    path("unblinded/supply/<str:code>/recall/", unblinded_views.withdraw_lot, name="withdraw_lot"),
    path("unblinded/supply/<str:code>/queries/", unblinded_views.ask_pharmacy, name="ask_pharmacy"),
    path(
        "unblinded/supply/<str:code>/queries/message/",
        unblinded_views.move_pharmacy_query,
        name="move_pharmacy_query",
    ),
    path(
        "unblinded/supply/<str:code>/accounts/close/", unblinded_views.close_accounts, name="close_accounts"
    ),
    path("unblinded/supply/<str:code>/accounts/open/", unblinded_views.open_accounts, name="open_accounts"),
    path("unblinded/supply/<str:code>/lot/", unblinded_views.trace_lot, name="trace"),
    path(
        "unblinded/supply/<str:code>/accountability/",
        unblinded_views.print_reconciliation,
        name="reconciliation",
    ),
    path("unblinded/<str:number>/kit-contents/", unblinded_views.disclose, name="disclose"),
    path("unblinded/<str:number>/code-break/", unblinded_views.break_code, name="break_code"),
]
