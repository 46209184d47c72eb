"""Fingers on a keyboard: Tab from field to field, and what each kind of field takes. Every key is counted."""

from datetime import date, timedelta

from playwright.sync_api import Page

from tests.journeys.answers import Answers

HERE = """() => {
    const here = document.activeElement;
    const offered = here.type === "radio" ? here.form.elements[here.name] : here.options ?? [];
    const choices = [...offered].map(one => one.value);
    const answers = JSON.parse(here.dataset?.answers ?? "{}");
    return {answers, name: here.name ?? "", type: here.type ?? "", text: here.textContent, choices};
}"""
MOST_STOPS = 300


class Keyboard:
    def __init__(self, page: Page, today: date) -> None:
        self.page, self.keys, self.decisions = page, 0, 0
        self.shortcuts = {today.isoformat(): "t", (today - timedelta(days=1)).isoformat(): "y"}

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.keys += 1

    def write(self, text: str) -> None:
        for letter in text:
            self.press(letter)

    def fill(self, values: Answers, *, until: str) -> None:
        """Tab through the form, entering each value where its field has the focus, up to the button `until`."""
        waiting = dict(values)
        for _ in range(MOST_STOPS):
            here = self.page.evaluate(HERE)
            if here["type"] == "submit" and until in here["text"]:
                assert not waiting, f"never reached: {sorted(waiting)}"
                return
            answers = here.pop("answers")
            if answers and all(waiting.get(name, value) == value for name, value in answers.items()):
                self.decisions += 1
                self.press("Space")  # answers the group and moves on
                waiting = {name: value for name, value in waiting.items() if name not in answers}
                continue
            if here["name"] in waiting:
                self.decisions += 1
                self._enter(waiting.pop(here["name"]), **here)
            self.press("Tab")
        raise AssertionError(f"{until} cannot be reached; left: {sorted(waiting)}")

    def _enter(self, value: str, *, type: str, choices: list[str], **_: str) -> None:
        match type:
            case "radio":
                self._choose(choices.index(value))
            case "select-one":
                for _step in range(choices.index(value)):
                    self.press("ArrowDown")
            case "date" if value in self.shortcuts:
                self.press(self.shortcuts[value])
            case "date":
                year, month, day = value.split("-")
                self.write(month + day + year)  # the order of an American browser (conftest.py)
            case _:
                self.write(value)

    def _choose(self, index: int) -> None:
        """The space bar takes the first answer, an arrow each of the following."""
        if index == 0:
            self.press("Space")
        for _step in range(index):
            self.press("ArrowDown")
