"""Links that lead an outcome back to the post it came from: UTM parameters, as web analytics reads them.

Invariants: pure. What a link has already stays as it was, byte by byte: its query, its fragment, and UTM parameters of
the owner's own, which are never given twice.
"""

from __future__ import annotations

from urllib.parse import quote, unquote_plus, urlsplit, urlunsplit


def tagged(link: str, channel: str, campaign: str, post: str, medium: str = "social") -> str:
    """The link with utm_source, utm_medium, utm_campaign and utm_content, as far as it lacks them."""
    split = urlsplit(link)
    if split.scheme not in {"http", "https"}:
        return link
    given = {unquote_plus(pair.partition("=")[0]) for pair in split.query.split("&")}
    wanted = {"utm_source": channel, "utm_medium": medium, "utm_campaign": campaign, "utm_content": post}
    missing = [f"{name}={quote(value, safe='')}" for name, value in wanted.items() if name not in given]
    return urlunsplit(split._replace(query="&".join(filter(None, [split.query, *missing]))))
