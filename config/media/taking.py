"""From what a post's front matter names to a medium that is checked, cleaned and kept.

Invariants: a file lies inside the content folder, by whatever links its path leads; the same file is decoded once, and
a web address is asked once: what was kept for it stays what it is, so that nothing changes between an approval and
publishing. Another picture has another address.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from config.media.checking import checked
from config.media.fetching import Fetcher
from config.media.films import is_film
from config.media.terms import FILM_BYTES, Kept, Shelf, Unfit, described, digest
from events.terms import Text

RECIPE: Final = "2"
"""Raised when media are to be cleaned otherwise, so that what was kept by an older recipe is made anew."""


class WrittenMedia(BaseModel):
    """One item of `media` in a front matter: a file or a web address."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: Annotated[str, Field(min_length=1)] | None = Field(
        default=None, description="a path relative to the post: cup.jpg"
    )
    url: Annotated[str, Field(min_length=1, max_length=2000)] | None = None
    alt: Text | None = None

    @property
    def given(self) -> str:
        return self.file or self.url or ""


class Taker:
    """Takes media for the posts of one folder. Without a shelf they are checked and described, and kept nowhere."""

    def __init__(self, folder: Path, shelf: Shelf | None = None, fetcher: Fetcher | None = None) -> None:
        self._folder = folder
        self._root = folder.resolve()
        self._shelf = shelf
        self._fetcher = fetcher or Fetcher()

    def take(self, post: Path, item: WrittenMedia) -> Kept:
        """The medium that a post names. Raises Unfit."""
        if (item.file is None) == (item.url is None):
            raise Unfit("both" if item.file else "neither", "one of file and url")
        if item.url is not None:
            return self._from_web(item.url)
        return self._from_file(post, item.given)

    def _from_file(self, post: Path, name: str) -> Kept:
        if name.startswith(("http://", "https://")):
            raise Unfit("a web address", "a path, or `url:` instead of `file:`")
        data = self._read(post, name)
        return self._kept(digest(f"{RECIPE}\n".encode() + data), data)

    def _read(self, post: Path, name: str) -> bytes:
        try:
            target = (post.parent / name).resolve()
            if not target.is_relative_to(self._root):
                raise Unfit(repr(name), f"a file inside {self._folder}")
            if not target.is_file():
                raise Unfit(repr(name), "a file that exists and can be read")
            if target.stat().st_size > FILM_BYTES:
                raise Unfit(f"a file of {target.stat().st_size:,} bytes", f"at most {FILM_BYTES:,} bytes")
            return target.read_bytes()
        except (OSError, ValueError, RuntimeError) as error:  # no such file, a NUL in its name, links in a circle
            raise Unfit(repr(name), "a file that exists and can be read") from error

    def _from_web(self, url: str) -> Kept:
        source = digest(f"{RECIPE}\n{url}".encode())
        known = self._shelf.known(source) if self._shelf is not None else None
        if known is not None:
            return known
        data = self._fetcher.fetch(url)
        if is_film(data):
            raise Unfit("a film from the web", "a picture; put a film into the content folder")
        return self._kept(source, data)

    def _kept(self, source: str, data: bytes) -> Kept:
        """What the bytes became when they were seen first, else now."""
        known = self._shelf.known(source) if self._shelf is not None else None
        if known is not None:
            return known
        found = checked(data)
        kept = described(found)
        if self._shelf is not None:
            self._shelf.keep(source, kept, found.data)
        return kept
