from django.urls import include, path

from dosing import unblinded_views, views

app_name = "dosing"
infusion = [
    path("", views.worklist, name="worklist"),
    path("pharmacy/", views.pharmacy, name="pharmacy"),
    path("unit/<str:code>/", views.unit, name="unit"),
    path("unit/<str:code>/block/", views.block_day, name="block_day"),
    path("unit/<str:code>/open/", views.open_day, name="open_day"),
    path("<str:number>/slot/", views.slot, name="slot"),
    path("<str:number>/slot/move/", views.move_slot, name="move_slot"),
    path("<str:number>/slot/cancel/", views.cancel_slot, name="cancel_slot"),
    path("<str:number>/order/", views.order, name="order"),
    path("<str:number>/preparation/call-back/", views.call_back, name="call_back"),
    path("<str:number>/preparation/label/", views.label, name="label"),
    path("<str:number>/return/", views.take_back, name="take_back"),
    path("<str:number>/another-bag/", views.another_bag, name="another_bag"),
    path("<str:number>/preparation/", views.prepare, name="prepare"),
    path("<str:number>/", views.infusion, name="infusion"),
    path("<str:number>/hand-over/", views.hand_over, name="hand_over"),
    path("<str:number>/problem/", views.problem, name="problem"),
    path("<str:number>/interrupt/", views.interrupt, name="interrupt"),
    path("<str:number>/resume/", views.resume, name="resume"),
    path("<str:number>/afterwards/", views.record_past, name="record_past"),
    path("<str:number>/start/", views.start, name="start"),
    path("<str:number>/stop/", views.stop, name="stop"),
    path("<str:number>/vital-signs/", views.vitals, name="vitals"),
    path("<str:number>/vital-signs/monitor/", views.monitor, name="monitor"),
    path("<str:number>/reaction/", views.reaction, name="reaction"),
]
unblinded = [
    path("worklist/", unblinded_views.day_contents, name="day_contents"),
    path("<str:number>/worksheet/", unblinded_views.worksheet, name="worksheet"),
]
urlpatterns = [path("infusion/", include(infusion)), path("unblinded/", include(unblinded))]
