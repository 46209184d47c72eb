from crispy_forms.layout import HTML, Fieldset, Row
from django.utils.functional import Promise


def fold(title: str | Promise, *lines: str | Fieldset | HTML, **attributes: bool | str) -> Fieldset:
    """A part of the form that folds; each line names the fields that stand side by side."""
    rows = [Row(*line.split()) if isinstance(line, str) else line for line in lines]
    return Fieldset(title, *rows, template="trial/layout/fold.html", **attributes)
