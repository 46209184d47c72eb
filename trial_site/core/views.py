from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language
from django.views.decorators.http import require_POST

from trial_site.core.accounts import CHOSEN_LANGUAGE
from trial_site.core.actions import choose_language
from trial_site.core.http import StaffRequest


@login_not_required
@require_POST
def set_language(request: StaffRequest) -> HttpResponse:
    """Change the language of this browser and of the account, either of who is signed in or of who signs in next."""
    language, back = request.POST.get("language", ""), request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = "/"
    response = redirect(back)
    if check_for_language(language) and language in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, language, samesite="Lax", secure=not settings.DEMO, httponly=True
        )
        if request.actor:
            choose_language(request.user, language=language, by=request.actor)
        else:
            request.session[CHOSEN_LANGUAGE] = language
    return response
