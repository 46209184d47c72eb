"""`migrate`, as the owner role, followed by functions, triggers and grants."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands.migrate import Command as Migrate
from django.db import connections

from trial_site.audit.privileges import secure_database


class Command(Migrate):
    def add_arguments(self, parser: Any) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database="owner")

    def execute(self, *args: Any, **options: Any) -> str | None:
        # Before the system checks, which would look for the database.
        if options["database"] not in settings.DATABASES:
            raise CommandError("Migrations run as the owner: set DATABASE_OWNER_URL.")
        return super().execute(*args, **options)

    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        application_role = settings.DATABASES["default"]["USER"]
        secure_database(connections[options["database"]], application_role)
        self.stdout.write(f"Functions, triggers and grants are in place for the role {application_role}.")
