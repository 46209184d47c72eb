"""After migrate: functions, triggers and grants, computed from what the models declare.

Everything is revoked first and granted from an allow-list, so a table nobody decided about is closed.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.db.models import Model

from trial_site.audit.models import AppendOnly, HistoryEvent
from trial_site.audit.tracking import GUARDS, STATE_MACHINES, TRACKED, UNTRACKED

FUNCTION = re.compile(
    r"^-- (?P<caller>application|trigger|owner): (?P<promise>[^\n]+)\n"
    r"CREATE OR REPLACE FUNCTION public\.(?P<name>\w+)\(.*?\bAS \$\$(?P<body>.*?)\$\$;?$",
    re.MULTILINE | re.DOTALL,
)
TRIGGER = re.compile(r'CREATE OR REPLACE TRIGGER (\w+) .*? ON (?:public|sealed)\."?(\w+)', re.DOTALL)
# A name that resolves is planned before it is refused, and whoever asks can have the plan printed (ADR 2).
ROOM = "sealed"
READ_ONLY = "SELECT"
SEARCH_PATH = "search_path=pg_catalog, public, pg_temp"
# What a session of the application could otherwise set before it calls, and learn by: a fatal error shows its row and
# passes every handler, plans are printed with the values of variables in them, the zone moves the day kits expire,
# sorts that spill are counted by the byte; or write by, for history prints instants in the session's zone.
PINNED = {
    "exit_on_error": "off",
    "client_min_messages": "error",
    "debug_print_parse": "off",
    "debug_print_rewritten": "off",
    "debug_print_plan": "off",
    "TimeZone": "UTC",
    "work_mem": "64MB",
}
# Of the sealed room's doors also how they read, and what that seems to cost: otherwise the buffers that EXPLAIN
# counts follow the rows of a shelf, or end at the page of one.
READ_WHOLE = {
    **dict.fromkeys(("nestloop", "indexscan", "indexonlyscan", "bitmapscan", "mergejoin", "memoize"), "off"),
    **dict.fromkeys(("hashjoin", "seqscan", "hashagg", "sort", "material"), "on"),
}
PLANNED = {f"enable_{name}": value for name, value in READ_WHOLE.items()} | {
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "seq_page_cost": "1",
    "random_page_cost": "4",
    "cpu_tuple_cost": "0.01",
    "cpu_index_tuple_cost": "0.005",
    "cpu_operator_cost": "0.0025",
    "from_collapse_limit": "8",
    "join_collapse_limit": "8",
    "hash_mem_multiplier": "2",
}


@dataclass(frozen=True)
class DatabaseFunction:
    """A function of the closed list: who may call it and what it promises."""

    name: str
    caller: str
    promise: str
    definer: bool
    body: str

    @property
    def settings(self) -> list[str]:
        """What must be set while it runs, as pg_proc.proconfig has it."""
        return [SEARCH_PATH, *(f"{name}={value}" for name, value in self.pinned.items())]

    @property
    def pinned(self) -> dict[str, str]:
        """Of a function that is called from outside, by name or by a write: no session may have these otherwise."""
        if self.caller == "owner":
            return {}
        return PINNED | PLANNED if self.name.startswith("sealed_") else PINNED


def function_files() -> list[Path]:
    """The .sql files beside the models of an app hold functions and triggers, and nothing else."""
    return [file for config in apps.get_app_configs() for file in sorted(Path(config.path).glob("*.sql"))]


def declared_functions() -> list[DatabaseFunction]:
    """The closed list, read from the .sql files."""
    return [
        DatabaseFunction(
            match["name"], match["caller"], match["promise"], "SECURITY DEFINER" in match[0], match["body"]
        )
        for file in function_files()
        for match in FUNCTION.finditer(file.read_text(encoding="utf-8"))
    ]


def declared_triggers() -> set[tuple[str, str]]:
    """(table, trigger) of every trigger that must be there and enabled."""
    sources = [file.read_text(encoding="utf-8") for file in function_files()] + trigger_statements()
    return {(match[2], match[1]) for source in sources for match in TRIGGER.finditer(source)}


def append_only() -> list[type[Model]]:
    """Histories, their seals and leaves."""
    return [model for model in apps.get_models() if issubclass(model, AppendOnly)]


def histories() -> list[type[Model]]:
    return [model for model in apps.get_models() if issubclass(model, HistoryEvent)]


def table_privileges() -> dict[str, str]:
    """Table name -> what the application role may do there. A table that is missing here gets nothing."""
    sealed_histories = {t.history for t in TRACKED.values() if not t.privileges}
    granted = dict(settings.WORKING_TABLES)
    granted |= {model._meta.db_table: tracking.privileges for model, tracking in TRACKED.items()}
    granted |= {model._meta.db_table: privileges for model, (privileges, _) in UNTRACKED.items()}
    granted |= {
        model._meta.db_table: "" if model._meta.db_table in sealed_histories else READ_ONLY
        for model in histories()
    }
    return granted


def schema_of(table: str) -> str:
    """Tables that the application role may do nothing with, those of Django apart, stand in the sealed room's schema,
    where it cannot even name them."""
    closed = table_privileges().get(table) == "" and table not in settings.WORKING_TABLES
    return ROOM if closed else "public"


def qualified(table: str) -> str:
    return f'{schema_of(table)}."{table}"'


def undecided_tables() -> list[str]:
    """Tables of installed models that no declaration covers."""
    return sorted(
        {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
        - set(table_privileges())
    )


def secure_database(connection, application_role: str) -> None:
    """Bring functions, triggers and grants to exactly what is declared. Idempotent; owner role only."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for statement in room_statements():
            cursor.execute(statement)
        for file in function_files():
            cursor.execute(file.read_text(encoding="utf-8"))
        for statement in [
            *trigger_statements(),
            *pin_statements(),
            *grant_statements(connection.ops.quote_name(application_role)),
        ]:
            cursor.execute(statement)


def room_statements() -> list[str]:
    """Migrations make every table in the schema public; those of the sealed room move from there."""
    tables = [table for table in sorted(table_privileges()) if schema_of(table) == ROOM]
    return [f"CREATE SCHEMA IF NOT EXISTS {ROOM}"] + [
        f'ALTER TABLE IF EXISTS public."{table}" SET SCHEMA {ROOM}' for table in tables
    ]


def trigger_statements() -> list[str]:
    statements = []
    for model, tracking in TRACKED.items():
        table = model._meta.db_table
        ignored, without_reason = (
            "{" + ",".join(names) + "}" for names in (tracking.ignored, tracking.without_reason)
        )
        told = f"'{tracking.history}', '{ignored}', '{tracking.reason}', '{without_reason}'"
        statements += [
            f"CREATE OR REPLACE TRIGGER zz_audit AFTER INSERT OR UPDATE OR DELETE ON {qualified(table)}"
            f" FOR EACH ROW EXECUTE FUNCTION public.audit_record({told})",
            refuse(table, "zz_audit_truncate", "TRUNCATE", "STATEMENT"),
        ]
        if tracking.append_only:
            statements.append(refuse(table, "audit_append_only", "UPDATE OR DELETE", "ROW"))
    for model, field, transitions in STATE_MACHINES:
        pairs = ", ".join(f"'{was}>{becomes}'" for was, targets in transitions.items() for becomes in targets)
        statements.append(
            f"CREATE OR REPLACE TRIGGER audit_transition BEFORE UPDATE ON {qualified(model._meta.db_table)}"
            f" FOR EACH ROW EXECUTE FUNCTION public.audit_transition('{field}', {pairs})"
        )
    for model, (function, arguments) in GUARDS.items():
        quoted = ", ".join(f"'{argument}'" for argument in arguments)
        statements.append(
            "CREATE OR REPLACE TRIGGER aa_guard BEFORE INSERT OR UPDATE OR DELETE"
            f" ON {qualified(model._meta.db_table)} FOR EACH ROW EXECUTE FUNCTION public.{function}({quoted})"
        )
    for model in append_only():
        table = model._meta.db_table
        statements.append(refuse(table, "audit_append_only", "UPDATE OR DELETE", "ROW"))
        statements.append(refuse(table, "audit_never_empty", "TRUNCATE", "STATEMENT"))
    return statements


def refuse(table: str, name: str, events: str, level: str) -> str:
    return (
        f"CREATE OR REPLACE TRIGGER {name} BEFORE {events} ON {qualified(table)}"
        f" FOR EACH {level} EXECUTE FUNCTION public.audit_refuse()"
    )


def pin_statements() -> list[str]:
    return [
        f"ALTER FUNCTION public.{function.name} SET {name} = '{value}'"
        for function in declared_functions()
        for name, value in function.pinned.items()
    ]


def grant_statements(role: str) -> list[str]:
    statements = [f"REVOKE ALL ON SCHEMA {ROOM} FROM PUBLIC, {role}"]
    for kind in ("TABLES", "SEQUENCES", "FUNCTIONS"):
        statements.append(f"REVOKE ALL ON ALL {kind} IN SCHEMA public, {ROOM} FROM PUBLIC, {role}")
    existing = {model._meta.db_table for model in apps.get_models(include_auto_created=True)} | {
        "django_migrations"
    }
    for table, privileges in sorted(table_privileges().items()):
        if privileges and table in existing:
            statements.append(f"GRANT {privileges} ON {qualified(table)} TO {role}")
    for function in declared_functions():
        if function.caller == "application":
            statements.append(f"GRANT EXECUTE ON FUNCTION public.{function.name} TO {role}")
    return statements
