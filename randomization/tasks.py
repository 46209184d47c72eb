from celery import shared_task

from randomization import actions


@shared_task(name="randomization.finish_interrupted")
def finish_interrupted() -> None:
    actions.finish_interrupted_randomizations()
