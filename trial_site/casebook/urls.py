from django.urls import include, path

from trial_site.casebook import (
    audit_views,
    deviation_views,
    hiding_views,
    lock_views,
    monitoring_views,
    recruitment_views,
    review_views,
    views,
)

ONE, PART = "participants/<str:number>", "<str:scope>/<str:form>/<int:record_id>/"
casebook = [
    path("participants/", views.subjects, name="subjects"),
    path(f"{ONE}/", views.subject, name="subject"),
    path(f"{ONE}/deviation/", deviation_views.report_deviation, name="report_deviation"),
    path("possible-unblinding/<str:kind>/<int:record_id>/<str:column>/", hiding_views.hide, name="hide"),
    path("deviations/", deviation_views.deviations, name="deviations"),
    path("deviations/<str:number>/", deviation_views.deviation, name="deviation"),
    path(f"{ONE}/audit/", views.audit, name="audit"),
    path(f"{ONE}/review/", review_views.review, name="review"),
    path(
        f"{ONE}/verify/{PART}",
        review_views.verify,
        name="verify",
    ),
    path(
        f"{ONE}/sign/{PART}",
        review_views.sign,
        name="sign",
    ),
    path(
        f"{ONE}/freeze/{PART}",
        review_views.freeze,
        name="freeze",
    ),
    path(f"{ONE}/analysis-sets/", lock_views.analysis_sets, name="analysis_sets"),
    path("recruitment/", recruitment_views.recruitment, name="recruitment"),
    path("recruitment/screening-log/", recruitment_views.screening_log, name="screening_log"),
    path("monitoring/", monitoring_views.sites, name="monitoring"),
    path("monitoring/<str:code>/", monitoring_views.site, name="monitor_site"),
    path("monitoring/<str:code>/appendix.pdf", monitoring_views.report, name="monitor_report"),
    path("lock/", lock_views.lock, name="lock"),
    path("lock/data-review/", lock_views.data_review, name="data_review"),
    path("lock/<str:code>/", lock_views.site, name="lock_site"),
    path("audit/", audit_views.trail, name="trail"),
    path("audit/copy/", audit_views.copy, name="trail_copy"),
    path("audit/reviews/", audit_views.audit_reviews, name="audit_reviews"),
    path("review/", review_views.progress, name="progress"),
    path("queries/", views.queries, name="queries"),
    path("protocol/", views.protocol, name="protocol"),
]
urlpatterns = [
    path("", views.home, name="home"),
    path("", include((casebook, "casebook"))),
]
