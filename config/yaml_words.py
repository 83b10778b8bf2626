"""Words as YAML takes them, for the files that Mowj writes for people to edit.

Invariant: what is written is read back as the same text by `config/yaml_text.py`, and stands plain wherever it can.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Final

_PLAIN: Final = re.compile(r"[^\W\d_][\w '’\u200c-]*(?<! )|[A-Za-z_+-]+(/[A-Za-z_+-]+)+|\d{1,2}-\d{1,2}")
_UNPRINTABLE: Final = re.compile(
    "[^\t\n\r -~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
"""With the line breaks of Unicode and the byte-order mark, which are printable and yet would be read otherwise."""
_MEANING: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


def yaml_word(text: str) -> str:
    """Plain where that means the same, else quoted."""
    return text if _PLAIN.fullmatch(text) and text.lower() not in _MEANING else yaml_quoted(text)


def yaml_quoted(text: str) -> str:
    """Between double quotes, which JSON and YAML write alike but for what YAML does not call printable (5.1)."""
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))


def yaml_words(texts: Iterable[str]) -> str:
    """`[one, "two: three"]`."""
    return f"[{', '.join(map(yaml_word, texts))}]"
