"""The words of engagement that is bought or faked, and of those who write against it: English, German and Persian.

Whoever adds one adds a text that it refuses and a harmless one that it does not (`tests/unit/config/test_refusals.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from config.refused.tables import Phrases, phrases, words

_AUDIENCE: Final = """
    follower followers likes subscribers subs retweets upvotes
    followern abonnenten
    فالوور فالور فالوئر فالوورها لایک ممبر دنبالکننده دنبالکنندگان سابسکرایبر بازدید ویو
"""
_OPINION: Final = """
    reviews ratings comments testimonials engagement
    kommentare kommentaren bewertung bewertungen rezension rezensionen interaktionen
    کامنت نظر نظرات امتیاز
"""
_BUY: Final = "buy purchase"
_BOUGHT: Final = "buying bought purchasing purchased"
_FAKE: Final = """
    fake faked fakes faking paid phony bogus
    gefälschte gefälschten gefakte gefakten gekaufte gekauften falsche falschen
"""
_FALSE: Final = """
    فیک جعلی تقلبی قلابی غیرواقعی خریدنی خریدن خریداری فروشی بخر بخرید بخریم
"""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A word of `first` and, with at most `between` words in between, one of `second` after it, in one clause.

    `catches` says to the owner what it is. With `leads` the first has to begin the clause: "Buy reviews" asks for them,
    "Best Buy reviews" does not. `told` is what one is told to do: "buy likes"; only words right before it can speak
    against it. Without it a pattern is a thing, such as "bought likes", that what follows may speak against too.
    """

    catches: str
    first: frozenset[str]
    second: frozenset[str]
    between: int = 0
    leads: bool = False
    told: bool = False
    through: frozenset[str] = frozenset()
    """Words that else end a pattern's reach, and here do not."""


PATTERNS: Final = (
    Pattern("followers to buy", words(_BUY), words(_AUDIENCE), between=3, told=True),
    Pattern("followers that are bought", words(_BOUGHT), words(_AUDIENCE), between=2),
    Pattern("reviews to buy", words(_BUY), words(_OPINION), between=2, leads=True, told=True),
    Pattern("reviews that are bought", words(_BOUGHT), words(_OPINION), between=2, leads=True),
    Pattern("reviews that are bought", words("bought purchased"), words(_OPINION)),
    Pattern(
        "people who are paid for what they say",
        words("pay paying"),
        words(f"{_AUDIENCE} {_OPINION}"),
        between=6,
        leads=True,
        told=True,
        through=words("for to"),
    ),
    Pattern("followers or reviews that are fake", words(_FAKE), words(f"{_AUDIENCE} {_OPINION} review accounts")),
    Pattern(
        "followers or reviews to buy",
        words("kauf kauft"),
        words(f"{_AUDIENCE} {_OPINION}"),
        between=1,
        through=words("von"),
    ),
    Pattern(
        "followers or reviews that are bought", words("gekaufte gekauften"), words(f"{_AUDIENCE} {_OPINION}"), between=1
    ),
    Pattern(
        "followers or reviews that are bought",
        words("follower followern followers abonnenten likes bewertungen rezensionen"),
        words("kaufen gekauft faken fälschen einkaufen"),
        between=1,
    ),
    Pattern(
        "followers that are bought or sold", words("خرید خریدن فروش سفارش"), words(f"{_AUDIENCE} کامنت"), between=1
    ),
    Pattern("followers or reviews that are fake", words(f"{_AUDIENCE} {_OPINION} اکانت"), words(_FALSE), between=1),
)
"""Buying or faking, and what is bought or faked. One word of both ("fakereviews") counts like two."""

_SITES: Final = """
    google amazon yelp tripadvisor trustpilot facebook instagram booking airbnb store product customer positive negative
    online
"""
_POOLED: Final = """
    engagement like likes comment comments follow follower review share shares save saves instagram linkedin tiktok
"""
"""What people of a pod give each other."""
_SAID: Final[Phrases] = phrases("""
    like farm, like farms, click farm, click farms, review farm,
    review farms, bot followers, bot likes, follower bot, follower bots, like bot, like bots, followbot, followbots,
    engagement bot, engagement bots, comment bot, comment bots, view bots, bots that like, bots who like,
    bots which like, bots to like, bots that follow, bots who follow, bots which follow, bots to follow,
    bots that comment, bots to comment, auto liker, auto likes, bot network, bot army, astroturfing, sockpuppets,
    sock puppets, followers for sale, likes for sale, reviews for sale, subscribers for sale, follow for follow,
    follow for followback, follow for likes, like for follow, like for like, likes for likes, sub for sub,
    comment for comment, share for share, shoutout for shoutout, l4l, f4f, s4s, followforfollow,
    likeforlike, subforsub,
    klickfarm, klickfarmen, followerbots, likebots, botnetzwerk, scheinkonten, fakeprofile, follower zu verkaufen,
    likes zu verkaufen,
    ربات فالوور, ربات لایک, فالوور ربات, ربات کامنت, اکانت فیک, اکانتهای فیک, فالو به فالو, لایک به لایک,
    فالو در برابر فالو, لایک در برابر لایک, کامنت به کامنت, بک میدم
""")
FAKE: Final[Phrases] = (
    _SAID
    | {("fake", site, what) for site in words(_SITES) for what in ("reviews", "ratings")}
    | {(what, pod) for what in words(_POOLED) for pod in ("pod", "pods")}
)
"""What nobody means who gives it: by bots, in pods, or in exchange."""
FAKE_IS: Final = "engagement by bots, in pods or in exchange"

_WEDDING: Final = "ring rings party parties gift gifts photo photos photographer photographers photography"
_IDIOM: Final = "comparison comparisons sales growth replacement replacements"
_GIFTS: Final = ("coffee", "drink", "drinks", "beer", "present", "presents", "gift", "gifts")
HARMLESS: Final[Phrases] = frozenset(
    {("engagement", what) for what in words(_WEDDING)}
    | {("like", "for", "like", what) for what in words(_IDIOM)}
    | {("follow", "for", "follow", "up")}
    | {("followers", *a, what) for what in _GIFTS for a in ((), ("a",), ("some",))}
)
"""What means something else: a promise of marriage, an idiom, a present for somebody."""

JOINS: Final = words("""
    and or with for from by in of what which that who our their my und oder
    mit für von و یا با برای از که
""")
"""What ends the reach of a word: in "buying guides and reviews" nothing is bought."""

LIST: Final = words("and or nor und oder noch و یا")
"""What puts a thing beside another: who fights fake reviews and bought likes, fights both."""

NEGATIONS: Final = words("""
    no not never none without anti nobody nothing cannot kein keine keinen nicht nie niemals niemand ohne
    نه بدون هرگز هیچ هیچکس
""")
FILLERS: Final = words("""
    the a an any all some more such your our their these those you we they i people others brands ever even to again
    der die das den dem diese dieser mehr wieder sie wir man ihr ihre unsere auch
    هیچ این آن
""")
"""What may stand between "never", or "before", and what it denies."""

WARNINGS: Final = words("""
    against avoid avoiding ban banned banning bans before block blocking combat combating danger dangers debunk delete
    deleting detect detecting expose exposing exposed fight fighting fights forbid identify identifying illegal law myth
    myths policies policy prevent preventing problem prosecute recognise recognising recognize recognizing refuse
    refusing
    remove removing report reporting research risks scam scandal spot spotting stop stopping study sue sues suing
    truth unmask
    versus victim victims why
    bekämpfen entlarven erkennen erkenne erkennt gegen melden schluss stoppen stoppt studie verhindern vermeiden vor
    warum wahrheit
    تشخیص چرا ضد علیه قبل مقابله مبارزه شناسایی گزارش حذف خطر خطرات حقیقت پژوهش بشناسیم
""")
"""Who says one of these before a thing writes about it, and does not ask for it."""

ELSEWHERE: Final = words("with by through via using thanks proof only just and or mit durch dank und oder nur")
"""What turns a warning against something else: "fight your rivals with fake reviews"."""

DONE_WITH: Final = words("schluss aufräumen")
"""Whose "with" turns nothing: "Schluss mit …"."""
OBJECTS: Final = words("them it those these this such sie ihnen diese dagegen davor آنها")
OPPOSE: Final = words("""
    against avoid ban combat debunk delete detect expose fight forbid identify prevent recognise recognize refuse remove
    report spot stop tackle unmask
    bekämpfen bekämpft entlarven erkennen erkennt gegen melden stoppen verhindern vermeiden
""")
"""What is done to "them": "fake reviews: how we fight them"."""

VERDICTS: Final[Phrases] = phrases("""
    are illegal, is illegal, are wrong, is wrong, are harmful, is harmful, are forbidden, is forbidden, are banned,
    is banned, are bad, is bad, are dangerous, are fraud, is fraud, are a scam, is a scam, are a problem, harm, harms,
    hurt, hurts, cost, costs, damage, damages, ruin, ruins, exposed, explained, debunked, not with us, no thanks,
    no thank you,
    sellers, scandal, scandals, scam, scams, lawsuit, lawsuits, detection, detector,
    sind verboten, ist verboten, sind strafbar, sind schädlich, schaden, schadet, erkennen, melden, stoppen, vermeiden,
    bekämpfen, entlarven, verhindern, nein danke, nicht mit uns,
    را بشناسیم, را بشناسید, را بشناس, را تشخیص, را گزارش, را متوقف, را حذف, ممنوع, بد است, مضر, خطرناک, جرم است,
    چه ضرری, نخرید, نخریم
""")
"""What is said of a thing right after it, or of "them"."""
THEY: Final = words("they it this that sie das")
