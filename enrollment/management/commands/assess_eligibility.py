"""Runs the eligibility rules on facts given as JSON. It opens no database, so anyone can check a verdict."""

import json
from argparse import ArgumentTypeError
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from enrollment.rules import MalformedFacts, Result, Verdict, assess, read_facts, schema, verdict_as_json
from trial_site.core import protocol as protocols
from trial_site.core.protocol import Protocol, ProtocolError


def iso_date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is not a date like 2026-03-01") from None


class Command(BaseCommand):
    help = "Say for each criterion whether it is met by the facts in a JSON file. Touches no database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--facts", type=Path, help="a JSON file that keeps the schema")
        what.add_argument("--schema", action="store_true", help="print the JSON Schema of the facts")
        parser.add_argument("--on", type=iso_date, help="assess as of this date (default: today)")
        parser.add_argument("--protocol", help="protocol version (default: the one in effect on the date)")
        parser.add_argument("--json", action="store_true", help="print the verdict as JSON")

    def handle(self, *, facts: Path | None, on: date | None, **options: Any) -> None:
        if facts is None:
            self.stdout.write(json.dumps(schema(), indent=2, ensure_ascii=False))
            return
        try:
            on = on or timezone.localdate()
            protocol = _protocol(options["protocol"], on)
            verdict = assess(read_facts(facts.read_bytes()), protocol, on)
        except OSError as error:
            raise CommandError(f"{facts}: {error.strerror}.") from None
        except (ProtocolError, MalformedFacts) as error:
            raise CommandError(str(error)) from None
        if options["json"]:
            self.stdout.write(json.dumps(verdict_as_json(verdict), indent=2, ensure_ascii=False))
        else:
            self.stdout.writelines(_lines(verdict, protocol))


def _protocol(version: str | None, on: date) -> Protocol:
    return protocols.load(version) if version else protocols.current(on)


def _lines(verdict: Verdict, protocol: Protocol) -> Iterator[str]:
    for result in verdict.criteria:
        yield from _criterion(result, protocol, indent="")
    yield (
        f"{verdict.overall.label}: as of {verdict.on}, protocol {verdict.protocol_version},"
        f" rules {verdict.rule_version}\n"
    )


def _criterion(result: Result, protocol: Protocol, *, indent: str) -> Iterator[str]:
    title = protocol.criterion_by_code[result.code].title.en
    yield f"{indent + result.code:<10}{result.outcome.label:<22}{title}. {result.reason.text()}\n"
    for part in result.parts:
        yield from _criterion(part, protocol, indent="  ")
