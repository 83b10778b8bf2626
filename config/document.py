"""A file as plain data together with the line on which each field stands, whatever language it is written in.

Invariant: a problem of a field names the file and line where the field, or the nearest one around it, was written.
"""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config.problems import InputError, Problem

FieldPath = tuple[str | int, ...]
"""Where a field stands: keys and positions from the top."""


@dataclass(frozen=True, slots=True)
class Document:
    """The data of one file, and `lines` by path, counted from 1.

    `elsewhere` names the origin of fields that do not come from the file, such as an environment variable.
    """

    file: str
    data: Mapping[str, Any]
    lines: Mapping[FieldPath, int]
    elsewhere: Mapping[FieldPath, str] = field(default_factory=dict)

    def problem(self, path: FieldPath, given: str, allowed: str, hint: str | None = None) -> Problem:
        """What is wrong with the field at the path, with its file and line."""
        for length in range(len(path), -1, -1):
            around = path[:length]
            if around in self.elsewhere:
                return Problem(self.elsewhere[around], None, dotted(path), given, allowed, hint)
            if around in self.lines:
                return Problem(self.file, self.lines[around], dotted(path), given, allowed, hint)
        return Problem(self.file, None, dotted(path), given, allowed, hint)


def dotted(path: FieldPath) -> str:
    """A path as a message names it: `segments.beginners.hours`, `accounts[0].channel`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.lstrip(".") or "(file)"


def read_text(path: Path) -> str:
    """A file's text. Raises InputError where it is missing or no UTF-8."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        given = error.strerror or str(error)
        raise InputError([Problem(str(path), None, "(file)", given, "a file that can be read")]) from error
    except UnicodeDecodeError as error:
        given = "UTF-16" if is_utf16(error.object) else f"byte {error.start} that is not UTF-8"
        raise InputError([Problem(str(path), None, "(file)", given, "text in UTF-8: save it as that")]) from error


def is_utf16(content: bytes) -> bool:
    """Whether the bytes begin as UTF-16 does where a program of Windows wrote it."""
    return content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
