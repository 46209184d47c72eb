"""Accounts are made by the administrator; nobody signs up. Who it belongs to chooses the password, by a link.

Who comes, goes and fails to is noted.
"""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode
from django.utils.translation import gettext as _

from trial_site.core.actions import choose_language
from trial_site.core.actors import Actor
from trial_site.core.models import OccurrenceKind, StaffMember
from trial_site.core.occurrences import note_attempt, note_of

# What somebody chose on the sign-in page, kept in the session until they have signed in.
CHOSEN_LANGUAGE = "chosen_language"


class AccountAdapter(DefaultAccountAdapter):
    """What allauth asks the application."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def login(self, request: HttpRequest, user: StaffMember) -> None:
        super().login(request, user)
        note_of(user, OccurrenceKind.SIGNED_IN)
        if language := request.session.pop(CHOSEN_LANGUAGE, ""):
            choose_language(user, language=language, by=Actor.of(user, at=timezone.now()))

    def logout(self, request: HttpRequest) -> None:
        user = request.user
        super().logout(request)
        if isinstance(user, StaffMember):
            note_of(user, OccurrenceKind.SIGNED_OUT)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            note_attempt(OccurrenceKind.SIGN_IN_REFUSED, address=credentials.get("email", ""))
            raise

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        note_attempt(OccurrenceKind.WRONG_PASSWORD, address=credentials.get("email", ""))

    def respond_user_inactive(self, request: HttpRequest, user: StaffMember) -> HttpResponse:
        note_attempt(OccurrenceKind.SIGN_IN_REFUSED, address=user.email)
        return super().respond_user_inactive(request, user)

    def set_password(self, user: StaffMember, password: str) -> None:
        super().set_password(user, password)
        note_of(user, OccurrenceKind.PASSWORD_CHANGED)


def password_letter(staff: StaffMember) -> EmailMessage:
    """The link, to the person only. Made afresh from the account each time and stored nowhere."""
    key = urlsafe_base64_encode(str(staff.pk).encode())
    path = reverse("account_choose_password", args=[key, default_token_generator.make_token(staff)])
    with translation.override(staff.language):
        return EmailMessage(
            subject=_("Choose your password"),
            body=_("Choose the password of your account within 24 hours: %(address)s")
            % {"address": settings.PUBLIC_URL.rstrip("/") + path}
            + "\n\n"
            + _("Whoever has this link can sign in under your name. Do not pass it on.")
            + "\n",
            to=[staff.email],
            headers={"Auto-Submitted": "auto-generated"},
        )


def person_of(key: str, token: str) -> StaffMember | None:
    """Whose password a link chooses; None when it no longer works, or never did."""
    try:
        person = StaffMember.objects.filter(pk=int(urlsafe_base64_decode(key)), is_active=True).first()
    except ValueError:
        return None
    return person if default_token_generator.check_token(person, token) else None
