"""What a web server must have before it answers; commands and workers do without."""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


def require_identity_keys() -> None:
    """Raises ImproperlyConfigured. Without keys the identification log can be neither kept nor read."""
    if not settings.IDENTITY_KEYS:
        raise ImproperlyConfigured("IDENTITY_KEYS must list random keys of 32 bytes in URL-safe base64.")
