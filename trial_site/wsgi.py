import os

from django.core.wsgi import get_wsgi_application

from trial_site.core.serving import require_identity_keys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trial_site.settings")
application = get_wsgi_application()
require_identity_keys()
