"""Export columns of visits, their forms, logs and adverse events, theme by theme."""

from outcomes.datasets.assessments import ASSESSMENTS
from outcomes.datasets.laboratory import LABORATORY
from outcomes.datasets.logs import LOGS
from outcomes.datasets.safety import SAFETY

DATASETS = [*ASSESSMENTS, *LABORATORY, *LOGS, *SAFETY]
