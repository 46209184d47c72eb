"""The pieces every page is made of, the form fields, and what the style sheet promises."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Fieldset, Layout
from django import forms
from django.template import Context, Template
from django.utils import translation
from django.utils.datastructures import MultiValueDict
from lxml import html

from trial_site.core.models import MissingReason, StudySite
from trial_site.core.templatetags.parts import LOOKS

ROOT = Path(__file__).resolve().parents[2]
STYLE = (ROOT / "static/trial/trial.css").read_text()
TODAY = date(2026, 3, 4)
SHANGHAI = StudySite(code="SH01", name="Shanghai", zone="Asia/Shanghai")


def render(source: str, **context) -> html.HtmlElement:
    page = Template("{% load crispy_forms_tags parts %}" + source).render(Context(context))
    return html.fragment_fromstring(page, create_parent="main")


def text(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


class VitalSigns(forms.Form):
    weight = forms.DecimalField(decimal_places=1, help_text="Without shoes.")
    weight__missing = forms.ChoiceField(
        choices=[("", "—"), *MissingReason.choices], required=False, label="Why no weight"
    )
    pulse = forms.IntegerField(required=False)
    sex = forms.ChoiceField(choices=[("F", "Female"), ("M", "<Male>")], widget=forms.RadioSelect)
    seen_on = forms.DateField(initial=date(2026, 3, 4))
    seen_at = forms.DateTimeField(initial=datetime(2026, 3, 4, 6, 5, tzinfo=UTC))
    copy = forms.BooleanField(help_text="Of both pages.")
    note = forms.CharField(widget=forms.Textarea, required=False)
    groups = forms.MultipleChoiceField(choices=[("a", "A"), ("b", "B")], widget=forms.CheckboxSelectMultiple)
    version = forms.IntegerField(widget=forms.HiddenInput, initial=3)
    units = {"weight": "kg"}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.confirmations = []


def drawn(form: forms.Form) -> html.HtmlElement:
    return render("{{ form|crispy }}", form=form)


def control(page: html.HtmlElement, name: str) -> html.HtmlElement:
    return page.xpath(f"//*[@name='{name}']")[0]


def test_every_status_has_a_word_an_icon_and_a_tone_that_the_style_sheet_knows():
    for state, look in LOOKS.items():
        chip = render("{% status state %}", state=state).find("span")
        assert text(chip) == str(look.word)
        assert all(f".{name} " in STYLE for name in chip.get("class").split())


def test_an_unknown_state_is_shown_as_it_is_and_escaped():
    assert text(render("{% status state %}", state="<b>odd</b>")) == "<b>odd</b>"


@pytest.mark.parametrize(
    ("opens_in", "closes_in", "said"),
    [
        (2, 7, "opens in 2 days"),
        (1, 6, "opens in 1 day"),
        (0, 5, "5 days left"),
        (-4, 1, "1 day left"),
        (-5, 0, "last day"),
        (-6, -1, "closed 1 day ago"),
        (-9, -4, "closed 4 days ago"),
    ],
)
def test_a_window_says_how_many_days_are_left(opens_in, closes_in, said):
    window = SimpleNamespace(first=TODAY + timedelta(opens_in), last=TODAY + timedelta(closes_in))
    assert text(render("{% window_dates window today %}", window=window, today=TODAY)).endswith(said)


def test_a_window_without_an_anchor_cannot_be_determined():
    assert text(render("{% window_dates None today %}", today=TODAY)) == "cannot be determined"


def test_an_instant_is_told_on_the_clock_of_its_site():
    page = render("{% study_time at site %}", at=datetime(2026, 3, 3, 18, 5, tzinfo=UTC), site=SHANGHAI)
    assert text(page) == "4 Mar 2026, 02:05 Asia/Shanghai"
    assert page.find("time").get("datetime") == "2026-03-04T02:05+08:00"


@pytest.mark.parametrize(("language", "written"), [("en", "4 Mar 2026"), ("zh-hans", "2026年3月4日")])
def test_a_date_cannot_be_misread(language, written):
    with translation.override(language):
        assert text(render("{% study_date day %}", day=TODAY)) == written


@pytest.mark.parametrize(
    ("value", "said"),
    [(True, "yes"), (False, "no"), (0, "0"), (None, "–not recorded"), (TODAY, "4 Mar 2026")],
)
def test_a_recorded_value_is_shown_as_people_read_it(value, said):
    assert text(render("{{ value|shown }}", value=value)) == said


def test_a_fact_without_a_value_says_so():
    assert text(render("{% fact 'Comment' %} {% endfact %}")) == "Comment–not recorded"


def test_whatever_a_field_is_described_by_is_on_the_page():
    form = VitalSigns(MultiValueDict({"pulse": ["300"]}))
    form.confirmations = [SimpleNamespace(field="pulse", message="300 is unusual.")]
    form.full_clean()
    page = drawn(form)
    told = [name for each in page.xpath("//@aria-describedby") for name in each.split()]
    assert {
        "id_weight_helptext",
        "id_weight_unit",
        "id_weight_error",
        "id_pulse_doubt",
        "id_sex_error",
    } <= set(told)
    assert all(len(page.xpath(f"//*[@id='{name}']")) == 1 for name in told)


def test_every_control_has_a_label():
    page = drawn(VitalSigns())
    for each in page.xpath("//input[not(@type='hidden')] | //select | //textarea"):
        labelled = each.xpath("ancestor::label") or page.xpath(f"//label[@for='{each.get('id')}']")
        assert labelled or each.get("aria-label")


def test_numbers_are_typed_as_text_so_that_nothing_changes_or_loses_them_unseen():
    page = drawn(VitalSigns())
    weight, pulse = control(page, "weight"), control(page, "pulse")
    assert (weight.get("type"), weight.get("inputmode")) == ("text", "decimal")
    assert (pulse.get("type"), pulse.get("inputmode")) == ("text", "numeric")
    assert control(drawn(VitalSigns({"weight": "7O.2"})), "weight").get("value") == "7O.2"


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_browsers_get_dates_in_iso_8601_in_every_language(language):
    with translation.override(language):
        page = drawn(VitalSigns())
    assert control(page, "seen_on").get("value") == "2026-03-04"
    assert re.fullmatch(r"2026-03-0\dT\d\d:05", control(page, "seen_at").get("value"))


def test_a_missing_data_code_stands_beside_its_field_and_nowhere_else():
    select = drawn(VitalSigns()).xpath("//select[@name='weight__missing']")
    assert len(select) == 1
    assert select[0].get("aria-label") == "Why no weight"
    assert select[0].xpath("ancestor::div[@id='div_id_weight']")


def test_a_soft_check_is_confirmed_beneath_its_field():
    form = VitalSigns({})
    form.confirmations = [SimpleNamespace(field="pulse", message="300 is unusual.")]
    box = control(drawn(form), "confirm")
    assert (box.get("type"), box.get("value")) == ("checkbox", "pulse")
    assert "300 is unusual." in text(box.xpath("ancestor::div[@id='id_pulse_doubt']")[0])


def test_the_error_summary_leads_to_each_field():
    page = drawn(VitalSigns({}))
    links = page.xpath("//div[@role='alert']//a/@href")
    assert "#id_weight" in links
    assert "#id_sex_0" in links
    assert all(page.xpath(f"//*[@id='{link[1:]}']") for link in links)


def test_a_valid_form_shows_no_summary():
    assert not drawn(VitalSigns()).xpath("//div[@role='alert']")


def test_a_folded_section_opens_when_a_field_in_it_is_wrong():
    helper = FormHelper()
    helper.layout = Layout(Fieldset("Vital signs", "weight", template="trial/layout/fold.html"))
    source = "{% crispy form helper %}"
    assert render(source, form=VitalSigns(), helper=helper).xpath("//details[not(@open)]")
    assert render(source, form=VitalSigns({}), helper=helper).xpath("//details[@open]")


def test_values_and_labels_are_escaped():
    page = drawn(VitalSigns({"note": "</textarea><script>", "weight": '"><script>'}))
    assert not page.xpath("//script")
    assert control(page, "weight").get("value") == '"><script>'
    assert "<Male>" in text(page)


def test_a_widget_with_its_own_template_draws_itself():
    class Period(forms.Form):
        between = forms.SplitDateTimeField()

    assert len(drawn(Period()).xpath("//div[@id='div_id_between']//input")) == 2


def test_no_template_has_inline_script_or_style():
    inline = re.compile(r"<style|<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)
    guilty = [path for path in ROOT.joinpath("templates").rglob("*.html") if inline.search(path.read_text())]
    assert guilty == []


def luminance(token: str) -> float:
    (code,) = re.findall(rf"--{token}: #([0-9a-f]+);", STYLE)
    code = "".join(2 * digit for digit in code) if len(code) == 3 else code
    channels = [int(code[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


TEXT_ON = [
    *[(ink, ground) for ink in ("ink", "ink-muted", "accent", "bad") for ground in ("paper", "canvas")],
    *[(tone, f"{tone}-soft") for tone in ("good", "bad", "warn", "neutral", "accent")],
    *[("paper", ground) for ground in ("accent", "accent-strong", "bad", "demo")],
    ("ink", "warn-soft"),
    ("hazard-ink", "hazard"),
]
SHAPE_ON = [(edge, ground) for edge in ("line-input", "focus") for ground in ("paper", "canvas")]


@pytest.mark.parametrize(
    ("ink", "ground", "least"), [(*p, 4.5) for p in TEXT_ON] + [(*p, 3.0) for p in SHAPE_ON]
)
def test_colours_contrast_as_wcag_2_2_aa_asks(ink, ground, least):
    bright, dark = sorted([luminance(ink), luminance(ground)], reverse=True)
    assert (bright + 0.05) / (dark + 0.05) >= least
