"""What no file of the repository may hold, whatever it is for."""

import re
from pathlib import Path

from django.conf import settings

CONFLICT = re.compile(r"^(<<<<<<< |>>>>>>> |=======$)", re.MULTILINE)
NOT_OURS = {".git", ".venv", "var", "node_modules"}
TEXTS = {".py", ".html", ".css", ".js", ".md", ".toml", ".sql", ".po", ".txt", ".typ", ".yml"}


def test_no_merge_was_left_half_done():
    """A browser skips the rule after such a line and says nothing."""
    root = Path(settings.BASE_DIR)
    files = [path for path in root.rglob("*") if path.suffix in TEXTS and not NOT_OURS & set(path.parts)]
    assert len(files) > 500
    assert [str(path) for path in files if CONFLICT.search(path.read_text(encoding="utf-8"))] == []
