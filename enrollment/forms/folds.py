from crispy_forms.layout import Fieldset, Row
from django.utils.functional import Promise


def fold(title: str | Promise, *lines: str | Fieldset, **attributes: bool) -> Fieldset:
    """A part of the form that folds; each line names the fields that stand side by side."""
    rows = [Row(*line.split()) if isinstance(line, str) else line for line in lines]
    return Fieldset(title, *rows, template="trial/layout/fold.html", **attributes)
