from trial_site.monitoring.models.analysis import AnalysisSets, DataReview
from trial_site.monitoring.models.audit_reviews import AuditReview
from trial_site.monitoring.models.deviations import (
    DEVIATION_TRANSITIONS,
    Deviation,
    DeviationGrade,
    DeviationKind,
    DeviationState,
)
from trial_site.monitoring.models.freezing import LOCKS, Freeze, Scope
from trial_site.monitoring.models.hiding import HIDDEN, HiddenText
from trial_site.monitoring.models.queries import (
    MOVES,
    QUERY_TRANSITIONS,
    Move,
    Query,
    QueryMessage,
    QueryState,
)
from trial_site.monitoring.models.references import RecordRef, Reference
from trial_site.monitoring.models.signatures import CanonicalEncoder, Signature, content_sha256
from trial_site.monitoring.models.verification import Verification
from trial_site.monitoring.models.visits import Manner, MonitoringVisit

__all__ = [
    "DEVIATION_TRANSITIONS",
    "HIDDEN",
    "LOCKS",
    "MOVES",
    "QUERY_TRANSITIONS",
    "AnalysisSets",
    "AuditReview",
    "CanonicalEncoder",
    "DataReview",
    "Deviation",
    "DeviationGrade",
    "DeviationKind",
    "DeviationState",
    "Freeze",
    "HiddenText",
    "Manner",
    "MonitoringVisit",
    "Move",
    "Query",
    "QueryMessage",
    "QueryState",
    "RecordRef",
    "Reference",
    "Scope",
    "Signature",
    "Verification",
    "content_sha256",
]
