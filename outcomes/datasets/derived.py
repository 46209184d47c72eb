"""What derived endpoints are called; they are computed when they are shown or exported, and stored nowhere."""

from django.utils.translation import gettext_lazy as _

from outcomes.rules.derived import Endpoint
from trial_site.core.errors import Sentence

ENDPOINTS: dict[Endpoint, Sentence] = {
    Endpoint.PROGRESSION: _("Time to severe or critical disease or death"),
    Endpoint.NEGATIVE: _("Time to negative conversion: first of two negative samples in a row"),
    Endpoint.DEATH: _("Time to death"),
}
