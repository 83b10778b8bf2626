"""Words as YAML takes them, for the files that Mowj writes for people to edit.

Invariant: what is written is read back as the same text by `config/yaml_text.py`, and stands plain wherever it can.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Final

_PLAIN: Final = re.compile(r"[^\W\d_][\w '’\u200c-]*(?<! )|[A-Za-z_+-]+(/[A-Za-z_+-]+)+|\d{1,2}-\d{1,2}")
_MEANING: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


def yaml_word(text: str) -> str:
    """Plain where that means the same, else quoted."""
    return text if _PLAIN.fullmatch(text) and text.lower() not in _MEANING else json.dumps(text, ensure_ascii=False)


def yaml_words(texts: Iterable[str]) -> str:
    """`[one, "two: three"]`."""
    return f"[{', '.join(map(yaml_word, texts))}]"
