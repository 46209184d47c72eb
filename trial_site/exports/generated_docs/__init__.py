"""The documents of docs/generated, rendered from the declarations they describe so that the two cannot disagree.

Read are models, protocol files and functions.sql, never a database. English, whatever language is active.
"""

from django.utils import translation

from trial_site.exports.generated_docs.consequences import consequences
from trial_site.exports.generated_docs.forms import data_dictionary
from trial_site.exports.generated_docs.protocol import criteria, schedule_of_assessments
from trial_site.exports.generated_docs.roles import role_matrix
from trial_site.exports.generated_docs.tables import database_privileges, states

NOTICE = "<!-- Written by `manage.py generate_docs` from the code. A test fails when it is out of date. -->"
DOCUMENTS = {
    "role-matrix.md": role_matrix,
    "states.md": states,
    "data-dictionary.md": data_dictionary,
    "schedule-of-assessments.md": schedule_of_assessments,
    "database-privileges.md": database_privileges,
    "criteria.md": criteria,
    "consequences.md": consequences,
}


def documents() -> dict[str, str]:
    """File name -> text of every generated document."""
    with translation.override("en"):
        return {name: "\n\n".join([NOTICE, *blocks()]) + "\n" for name, blocks in DOCUMENTS.items()}
