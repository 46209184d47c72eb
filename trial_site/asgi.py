import os

from django.core.asgi import get_asgi_application

from trial_site.core.serving import require_identity_keys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trial_site.settings")
application = get_asgi_application()
require_identity_keys()
