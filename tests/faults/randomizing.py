"""A process of its own: prepares participants, randomizes them one after the other until it is killed, or finishes
what was interrupted."""

import sys
from datetime import timedelta

import django


def prepare() -> None:
    from tests.cast import build_template
    from tests.story import participant_at

    build_template()
    for seed in range(12):
        participant_at("ready", seed=seed)


def randomize_all() -> None:
    from enrollment.models import Subject
    from randomization.actions import randomize
    from tests.story import troupe

    for subject in Subject.objects.exclude(planned_infusion_at=None).order_by("number"):
        at = subject.planned_infusion_at - timedelta(hours=20)
        number = randomize(subject, by=troupe().actor("coordinator", at=at), at=at).number
        print(number, flush=True)  # noqa: T201


def finish() -> None:
    from randomization.actions import finish_interrupted_randomizations

    finish_interrupted_randomizations()


if __name__ == "__main__":
    django.setup()
    {"prepare": prepare, "randomize": randomize_all, "finish": finish}[sys.argv[1]]()
