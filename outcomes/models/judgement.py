"""Reference ranges of a study site's laboratory, and the investigator's judgement of results outside of them."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from enrollment.models import Subject
from trial_site.audit.tracking import audited
from trial_site.core.models import StaffMember, StudySite


@audited()
class ReferenceRange(models.Model):
    """What a study site's laboratory calls normal, by sex and age."""

    class Sex(models.TextChoices):
        MALE = "male", _("male")
        FEMALE = "female", _("female")

    site = models.ForeignKey(StudySite, models.PROTECT, verbose_name=_("study site"))
    field = models.CharField(_("result"), max_length=40)
    sex = models.CharField(_("sex"), max_length=8, choices=Sex.choices, blank=True)
    age_from = models.PositiveSmallIntegerField(_("from age"), default=0)
    age_to = models.PositiveSmallIntegerField(_("to age"), default=150)
    low = models.DecimalField(_("lower end"), max_digits=10, decimal_places=3, null=True, blank=True)
    high = models.DecimalField(_("upper end"), max_digits=10, decimal_places=3, null=True, blank=True)

    class Meta:
        ordering = ["field", "sex", "age_from"]
        constraints = [
            models.UniqueConstraint(fields=["site", "field", "sex", "age_from"], name="range_once"),
            models.CheckConstraint(condition=Q(age_from__lte=F("age_to")), name="range_ages_in_order"),
            models.CheckConstraint(
                condition=Q(low__isnull=False) | Q(high__isnull=False), name="range_has_an_end"
            ),
            models.CheckConstraint(
                condition=Q(low=None) | Q(high=None) | Q(low__lte=F("high")), name="range_in_order"
            ),
        ]


class FollowedBy(models.TextChoices):
    EVENT = "event", _("adverse event")
    HISTORY = "history", _("medical history")


@audited(privileges="SELECT, INSERT")
class ResultJudgement(models.Model):
    """Whether a result out of range matters clinically, as an investigator judges the value that stood there then;
    another value is judged anew."""

    subject = models.ForeignKey(Subject, models.PROTECT, verbose_name=_("participant"))
    panel = models.CharField(_("form"), max_length=8)
    panel_record = models.BigIntegerField(_("record"))
    item = models.CharField(_("result"), max_length=40)
    value = models.DecimalField(_("value"), max_digits=12, decimal_places=3)
    grade = models.PositiveSmallIntegerField(_("CTCAE grade"), null=True)
    significant = models.BooleanField(_("clinically significant"))
    followed_by = models.CharField(_("recorded as"), max_length=8, choices=FollowedBy.choices, blank=True)
    judged_at = models.DateTimeField(_("judged at"))
    judged_by = models.ForeignKey(StaffMember, models.PROTECT, related_name="+", verbose_name=_("judged by"))

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["panel", "panel_record", "item", "value"], name="result_judged_once"
            ),
            models.CheckConstraint(
                condition=Q(significant=True) & ~Q(followed_by="") | Q(significant=False, followed_by=""),
                name="significant_is_followed",
            ),
        ]
