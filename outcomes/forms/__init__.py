from outcomes.forms.safety import AdverseEventForm
from outcomes.forms.visits import SECTIONS, VisitDateForm, VisitSection

__all__ = ["SECTIONS", "AdverseEventForm", "VisitDateForm", "VisitSection"]
