"""Who may do, read and export what."""

from collections.abc import Iterator

from trial_site.core.actors import Actor
from trial_site.core.permissions import MAY_HOLD, UNBLINDED_TASKS, Role, Task, can, tasks_of
from trial_site.exports.blinded import DATASETS, datasets_to_export
from trial_site.exports.generated_docs.markdown import YES, code, table
from trial_site.monitoring.selectors import forms_to_read


def role_matrix() -> Iterator[str]:
    yield "# Roles, tasks and forms"
    yield (
        "A person has one role and acts only within a delegation for the task, at the study site the delegation"
        " names, signed by the principal investigator and in force. What a role may be delegated:"
    )
    yield table(
        ["Task", "Code", "Unblinded", *(role.label for role in Role)],
        (
            [
                task.label,
                code(task.value),
                YES if task in UNBLINDED_TASKS else "",
                *(YES if role in MAY_HOLD[task] else "" for role in Role),
            ]
            for task in Task
        ),
    )
    yield "## Forms"
    yield (
        "Case report forms that a role with every delegation it may hold reads in casebook and queries (R) and"
        " exports (E). Whoever assesses outcomes gets the assessor's forms only. Guesses of the treatment are"
        " nobody's before the database is locked."
    )
    yield table(["Form", "Title", "Audience"], ([d.form, d.title, d.audience] for d in DATASETS))
    yield table(["Role", *(d.form for d in DATASETS)], map(form_access, Role))


def form_access(role: Role) -> list[str]:
    actor = Actor(None, str(role.label), role, delegations=frozenset((task, None) for task in tasks_of(role)))
    read = forms_to_read(actor)
    exported = {d.form for d in datasets_to_export(actor)} if can(actor, Task.EXPORT) else set()
    return [str(role.label), *("R" * (d.form in read) + "E" * (d.form in exported) for d in DATASETS)]
