"""How long a form of 40 fields takes to become HTML, ours beside the usual ways.

    python benchmarks/form_rendering.py [--renders 200]

Needs no database and none of the application's settings. The ways take turns, so that a busy machine slows all
of them alike; the figure of each is its median.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import django
from django.conf import settings

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
settings.configure(
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    INSTALLED_APPS=["crispy_forms", "crispy_bootstrap5"],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "DIRS": [ROOT / "templates"],
            "APP_DIRS": True,
            "OPTIONS": {"libraries": {"fields": "trial_site.core.templatetags.fields"}},
        }
    ],
    CRISPY_TEMPLATE_PACK="trial",
    CRISPY_ALLOWED_TEMPLATE_PACKS=("trial", "bootstrap5"),
)
django.setup()
urlpatterns: list = []

from crispy_forms.helper import FormHelper  # noqa: E402
from crispy_forms.layout import Fieldset, Layout, Row  # noqa: E402
from django import forms  # noqa: E402
from django.template import Context, Template  # noqa: E402

YES_NO = [("Y", "Yes"), ("N", "No"), ("U", "Unknown")]
KINDS: list[Callable[..., forms.Field]] = [
    lambda **kw: forms.DecimalField(decimal_places=1, min_value=0, max_value=400, **kw),
    lambda **kw: forms.IntegerField(min_value=0, max_value=300, **kw),
    lambda **kw: forms.ChoiceField(choices=[("", "—"), *YES_NO], **kw),
    lambda **kw: forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), **kw),
    lambda **kw: forms.CharField(max_length=80, **kw),
    lambda **kw: forms.ChoiceField(choices=YES_NO, widget=forms.RadioSelect, **kw),
    lambda **kw: forms.BooleanField(**kw),
    lambda **kw: forms.DecimalField(decimal_places=2, **kw),
]
NAMES = [f"field_{n}" for n in range(40)]
FIELDS = {
    name: KINDS[n % len(KINDS)](
        label=f"Measurement {n}", required=n % 3 == 0, help_text="At rest." * (n % 4 == 0)
    )
    for n, name in enumerate(NAMES)
}
LabForm = type("LabForm", (forms.Form,), FIELDS)
INITIAL = {"field_0": "70.2", "field_1": 97, "field_2": "N", "field_3": "2026-03-04", "field_5": "Y"}

HAND_LOOP = """{% for field in form %}<div class="field">
{% if field.use_fieldset %}<fieldset><legend>{{ field.label }}</legend>
{% else %}<label for="{{ field.id_for_label }}">{{ field.label }}</label>{% endif %}{{ field }}
{% if field.help_text %}<div id="{{ field.auto_id }}_helptext">{{ field.help_text }}</div>{% endif %}
{% if field.errors %}<p id="{{ field.auto_id }}_error">{{ field.errors }}</p>{% endif %}
{% if field.use_fieldset %}</fieldset>{% endif %}</div>{% endfor %}"""


def layout() -> Layout:
    sections = [NAMES[i : i + 10] for i in range(0, 40, 10)]
    return Layout(*(Fieldset(f"Section {n}", Row(*s[:4]), *s[4:]) for n, s in enumerate(sections)))


def helper() -> FormHelper:
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    helper.layout = layout()
    return helper


def ways() -> dict[str, Callable[[forms.Form], str]]:
    sources = {
        "trial pack, layout": "{% load crispy_forms_tags %}{% crispy form helper 'trial' %}",
        "trial pack, no layout": "{% load crispy_forms_tags %}{{ form|crispy }}",
        "plain hand loop": HAND_LOOP,
        "Django as_div": "{{ form.as_div }}",
        "crispy-bootstrap5, no layout": "{% load crispy_forms_tags %}{{ form|crispy:'bootstrap5' }}",
        "crispy-bootstrap5, layout": "{% load crispy_forms_tags %}{% crispy form helper 'bootstrap5' %}",
    }
    templates = {name: Template(source) for name, source in sources.items()}

    def way(template: Template) -> Callable[[forms.Form], str]:
        return lambda form: template.render(Context({"form": form, "helper": helper()}))

    return {name: way(template) for name, template in templates.items()}


def measure(renders: int) -> dict[str, float]:
    """Median milliseconds of each way."""
    candidates = ways()
    taken: dict[str, list[float]] = {name: [] for name in candidates}
    for turn in range(renders + 5):
        for name, render in candidates.items():
            form = LabForm(initial=INITIAL)
            start = time.perf_counter()
            html = render(form)
            if turn >= 5:
                taken[name].append((time.perf_counter() - start) * 1000)
            assert html.count("Measurement ") >= len(NAMES)
    return {name: statistics.median(times) for name, times in taken.items()}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--renders", type=int, default=200)
    medians = measure(parser.parse_args().renders)
    ours = medians["trial pack, layout"]
    print(f"{'40 fields':32} {'ms':>7} {'times ours':>11}")
    for name, median in medians.items():
        print(f"{name:32} {median:7.2f} {median / ours:11.2f}")


if __name__ == "__main__":
    main()
