from enrollment.models import Subject
from outcomes.models import FormDraft


def form_draft_of(subject: Subject, form: str, place: str) -> FormDraft | None:
    """What somebody has typed into a form and not saved."""
    drafts = FormDraft.objects.filter(subject=subject, form=form, place=place)
    return drafts.select_related("author").first()
