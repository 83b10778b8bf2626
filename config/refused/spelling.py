"""Text as it is compared with tables of words: one spelling, whatever disguise it comes in.

Invariants: letters of other alphabets that look like Latin ones are those, and what cannot be seen is not there;
digits that stand for letters are read both ways, since "12yo" and "k1ds" both mean what they say. So a text has a few
readings, and a table is met where one of them meets it. Punctuation between clauses becomes `BREAK`, "&" becomes "and".
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

Words = tuple[str, ...]

BREAK: Final = ","

_UMLAUT: Final = "\u0308"
_SMALL_CAPITALS: Final = dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz", strict=True))
_CYRILLIC: Final = dict(zip("авгғеһіјкӏмнорсԁѕтухѵԛԝ", "abrfehijklmhopcdstyxvqw", strict=True))
_GREEK: Final = dict(zip("αεηικνορτυχω", "aenikvoptuxw", strict=True))
_OTHERS: Final = dict(zip("ıɡɑɩսօհոց", "igaiuohng", strict=True))
_PERSIAN: Final = {"ي": "ی", "ى": "ی", "ك": "ک", "ة": "ه", "ە": "ه", "ـ": ""}
_LOOKS: Final = str.maketrans({**_SMALL_CAPITALS, **_CYRILLIC, **_GREEK, **_OTHERS, **_PERSIAN, "_": " "})
_QUOTES: Final = str.maketrans(dict.fromkeys("’‘ʼ`´", "'"))

_LEET: Final = {"0": "o", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "$": "s", "@": "a", "!": "i", "€": "e"}
_MIXED: Final = re.compile(r"(?:[a-z0-9äöü]|[$@!€|](?=[a-z0-9]))+")
_SUFFIX: Final = re.compile(r"(?<=[\u0600-\u06ff]) +(ها(?:ی|یی)?)\b")
_PREFIX: Final = re.compile(r"\bغیر +(?=[\u0600-\u06ff])")
_WORD: Final = re.compile(r"[\w+]+(?:'s\b|')?|[.:;,،؛!?؟()\[\]\n\"/|–—]|&")


@lru_cache(maxsize=1024)
def readings(text: str) -> tuple[Words, ...]:
    """The words of a text in every way that they may be meant; what belongs to somebody ends in 's."""
    plain = folded(text)
    tall = folded(re.sub("(?<=[a-z])I+", lambda found: "l" * len(found[0]), text))
    forms = (plain, _apart(plain), _meant(plain, "i"), _meant(plain, "l"), _apart(_meant(plain, "i", but="4")), tall)
    return tuple(dict.fromkeys(_words(form) for form in forms))


def folded(text: str) -> str:
    """Lower case, without accents, marks and what cannot be seen; Persian in one spelling, digits as 0 to 9."""
    seen = "".join(char for char in unicodedata.normalize("NFKC", text.translate(_QUOTES)) if not _is_invisible(char))
    apart = unicodedata.normalize("NFD", seen.casefold())
    bare = "".join(char for char in apart if char == _UMLAUT or unicodedata.category(char) != "Mn")
    letters = unicodedata.normalize("NFC", bare).translate(_LOOKS).replace("n't", " not")
    letters = re.sub(r"(?<=[^\W\d])\.(?=[^\W\d]{2})", " ", letters)
    digits = "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in letters)
    return _PREFIX.sub("غیر", _SUFFIX.sub(r"\1", digits))


def _is_invisible(char: str) -> bool:
    """Format characters (Persian's joiners too), and letters that are blank."""
    return unicodedata.category(char) == "Cf" or char in "\u115f\u1160\u3164"


def _apart(text: str) -> str:
    """Digits apart from letters, spelled words together, a 4 between words as it is said: "12yo", "k.i.d.s", "l4l"."""
    spelled = re.sub(r"\b(?:[a-z][ .*-]){2,}[a-z]\b", lambda found: re.sub(r"[ .*-]", "", found[0]), text)
    said = re.sub(r"(?<=[a-z])4(?=[a-z])|(?<=[a-z]) 4 (?=[a-z])", " for ", spelled)
    return re.sub(r"(?<=\d)(?=[^\W\d])|(?<=[^\W\d])(?=\d)", " ", said)


def _meant(text: str, one: str, but: str = "") -> str:
    """Digits and marks inside of words as the letters that they look like; 1 and | as `one`."""

    def letters(found: re.Match[str]) -> str:
        word = found[0]
        if not re.search("[a-zäöü]", word):
            return word
        return "".join(char if char in but else {**_LEET, "1": one, "|": one}.get(char, char) for char in word)

    return _MIXED.sub(letters, text)


def _words(text: str) -> Words:
    found = _WORD.findall(text)
    return tuple(
        f"{word}s" if word.endswith("'") else "and" if word in "&+" else word if word[0].isalnum() else BREAK
        for word in found
    )
