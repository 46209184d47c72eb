"""The first account of an installation."""

import os
from getpass import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from trial_site.core.actions import add_staff
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.models import StaffMember
from trial_site.core.permissions import Role


class Command(BaseCommand):
    help = (
        "Add the administrator's account; refused when there is one."
        " The password comes from ADMINISTRATOR_PASSWORD or is asked for."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--name", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        if StaffMember.objects.filter(role=Role.ADMINISTRATOR, is_active=True).exists():
            raise CommandError("There is an administrator already.")
        try:
            staff = add_staff(
                options["email"],
                full_name=options["name"],
                role=Role.ADMINISTRATOR,
                site=None,
                password=os.environ.get("ADMINISTRATOR_PASSWORD") or asked_password(),
                by=Actor.system("add administrator"),
            )
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(f"{staff.full_name} may sign in as {staff.email}.")


def asked_password() -> str:
    password = getpass("Password: ")
    if password != getpass("The same password again: "):
        raise CommandError("The two passwords differ.")
    return password
