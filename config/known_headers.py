"""The names that networks and people give to the columns of past posts, by what Mowj takes them for.

Invariants: a header is compared in lower case with single spaces; of several that a file has, the first of a list is
taken. The networks' own names were read in these public places:

- Meta Business Suite, content export (Post ID, Publish time, Post type, Views, Reach, Reactions or Likes, Comments,
  Shares, Saves, Total clicks): Meta publishes no list; these are those of exports of 2025 and 2026 as they stand in the
  tests of public importers, such as "Post ID,Account ID,Account username,…,Publish time,Permalink,Post type,…".
- Facebook Page Insights, post data (Posted, Post Message, Lifetime …; line 2 explains the columns): an export in
  https://github.com/scctsi/trial-promoter-app/tree/master/spec/fixtures, and
  https://support.sproutsocial.com/hc/en-us/articles/204837535
- X, analytics until 2024 (Tweet id, Tweet text, time, …): exports in
  https://github.com/mongodb-developer/SocialStats/tree/master/tests/ui/files; since then (Post id, Date, Post text,
  Reposts, …): as in the tests of public importers such as those of https://github.com/kanta13jp1/my_web_app
- LinkedIn, page posts, sheet "All posts" (Post title, Created date, Content Type, Reposts, …; line 1 is prose): as read
  by https://github.com/jakemaz66/Non-Profit-Language-Processing
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

ID: Final = (
    "post id", "tweet id", "post_id", "id", "post link", "post permalink", "permalink", "tweet permalink",
    "update link", "post url", "url", "beitrags-id", "شناسه",
)  # fmt: skip
PUBLISHED: Final = (
    "publish time", "posted", "time", "published_at", "published at", "published", "created_at", "created at",
    "created_time", "created time", "timestamp", "created date", "post date", "publish date", "posted at", "datetime",
    "date", "veröffentlicht", "veröffentlicht am", "datum", "zeitpunkt", "تاریخ انتشار", "تاریخ", "زمان",
)  # fmt: skip
TIME_OF_DAY: Final = (
    "time of day",
    "time",
    "publish time",
    "post time",
    "uhrzeit",
    "zeit",
    "ساعت انتشار",
    "ساعت",
    "hour",
)
"""The column beside one with the date alone."""
TEXT: Final = (
    "post message", "post text", "tweet text", "description", "caption", "message", "text", "post title",
    "update title", "title", "content", "beitrag", "متن",
)  # fmt: skip
FORMAT: Final = (
    "content type", "format", "media type", "post type", "update type", "type", "kind", "art", "قالب", "نوع",
)  # fmt: skip
TOPIC: Final = ("topic", "category", "theme", "pillar", "content pillar", "thema", "kategorie", "موضوع", "دسته")
APPEAL: Final = ("appeal", "tone")
PAID: Final = (
    "paid", "promoted", "boosted", "sponsored", "is paid", "organic/paid", "post type", "update type", "bezahlt",
)  # fmt: skip
MONTH: Final = ("month", "post month", "monat", "ماه")
DAY: Final = ("day", "day of month", "tag", "روز")
WEEKDAY: Final = ("weekday", "post weekday", "day of week", "wochentag")
HOUR: Final = ("hour", "post hour", "stunde", "ساعت")

COUNTERS: Final[Mapping[str, tuple[str, ...]]] = {
    "reach": (
        "reach", "lifetime post total reach", "total reach", "t_reach", "people reached", "accounts reached",
        "unique impressions", "unique views", "reichweite", "دسترسی",
    ),
    "impressions": (
        "impressions", "views", "lifetime post total impressions", "total impressions", "t_impression",
        "impressions (total)", "impressionen", "بازدید",
    ),
    "engagements": (
        "engagements", "lifetime engaged users", "engaged users", "engaged_users", "total engagements",
        "reactions, comments and shares", "post engagements", "total interactions", "interactions", "engagement",
        "interaktionen",
    ),
    "likes": ("likes", "like", "reactions", "favorites", "favourites", "gefällt mir", "پسند"),
    "comments": ("comments", "comment", "replies", "kommentare", "نظر", "نظرات"),
    "shares": ("reposts", "retweets", "shares", "share", "geteilt", "اشتراک"),
    "saves": ("saves", "saved", "bookmarks"),
    "clicks": (
        "clicks", "total clicks", "lifetime post consumptions", "consumption", "link clicks", "url clicks", "klicks",
        "کلیک",
    ),
    "follows": ("follows", "new follows", "new followers"),
    "unfollows": ("unfollows",),
    "reports": ("reports",),
}  # fmt: skip

FORMATS: Final[Mapping[str, str]] = {
    "photo": "photo", "photos": "photo", "image": "photo", "images": "photo", "picture": "photo", "ig image": "photo",
    "foto": "photo", "bild": "photo", "عکس": "photo",
    "carousel": "carousel", "ig carousel": "carousel", "album": "carousel", "multiimage": "carousel",
    "video": "video", "videos": "video", "live video": "video", "live videos": "video",
    "film": "video", "ویدیو": "video", "ویدئو": "video", "فیلم": "video",
    "reel": "reel", "reels": "reel", "ig reel": "reel",
    "link": "link", "links": "link", "article": "link",
    "text": "text", "texts": "text", "متن": "text", "نوشته": "text", "status": "status",
    "story": "story", "stories": "story", "ig story": "story",
}  # fmt: skip
"""What the formats of the networks are; any other word is taken as it is, in lower case."""

YES: Final = frozenset({"1", "yes", "true", "paid", "sponsored", "boosted", "promoted", "ja", "بله"})
NO: Final = frozenset({"0", "no", "false", "organic", "unpaid", "nein", "خیر"})
MISSING: Final = frozenset({"", "-", "–", "—", "--", "n/a", "na", "null", "none", "nan", "#n/a", "unknown", "?"})


def normal(header: str) -> str:
    """A header as this file writes it."""
    return " ".join(header.replace("\ufeff", "").replace("\u200c", " ").casefold().split())


ALL: Final = frozenset(
    name
    for names in (
        ID,
        PUBLISHED,
        TIME_OF_DAY,
        TEXT,
        FORMAT,
        TOPIC,
        APPEAL,
        PAID,
        MONTH,
        DAY,
        WEEKDAY,
        HOUR,
        *COUNTERS.values(),
    )
    for name in names
)
"""Every name: what a row that is a header has several of."""
