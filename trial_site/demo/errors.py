"""What went wrong, in one sentence."""

from pathlib import Path


class DemoFailed(Exception):
    """Ends the command with exit code 1; the message is the one sentence a person gets to read."""


def last_words(output: str) -> str:
    """The last line that says something: of a traceback its exception, of PostgreSQL its error."""
    said = [line.strip() for line in output.splitlines() if line.strip()]
    return said[-1] if said else "it said nothing"


def last_line(log: Path) -> str:
    return last_words(log.read_text(errors="replace")) if log.exists() else f"there is no {log.name}"
