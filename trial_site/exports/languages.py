"""Labels in every language of an export, keyed by xml:lang."""

from django.utils import translation
from django.utils.functional import Promise

from trial_site.core.protocol import Text as ProtocolText

Text = str | Promise
Spoken = dict[str, str]
LANGUAGES = {"en": "en", "zh-Hans": "zh-hans"}


def in_languages(text: object) -> Spoken:
    """A gettext text. A language without a translation of its own is left out."""
    spoken = {}
    for code, language in LANGUAGES.items():
        with translation.override(language):
            spoken[code] = str(text)
    return {code: said for code, said in spoken.items() if code == "en" or said != spoken["en"]}


def both(text: object) -> str:
    """English and, where it differs, Chinese."""
    return " · ".join(in_languages(text).values())


def of_protocol(text: ProtocolText) -> Spoken:
    return {code: text.text(language) for code, language in LANGUAGES.items()}
