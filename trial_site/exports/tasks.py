from celery import shared_task

from trial_site.exports import work


@shared_task(name="exports.make_waiting")
def make_waiting_exports() -> None:
    work.make_waiting_exports()


@shared_task(name="exports.clear_away")
def clear_away_exports() -> None:
    work.clear_away()
