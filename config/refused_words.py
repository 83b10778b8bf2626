"""The words by which `config/refusals.py` knows what a brief may not ask for: English, German and Persian.

Every word is written as the reading leaves it: in lower case, Persian without zero-width joiners. A phrase that begins
with `=` has to be the whole name. Whoever adds one adds a brief that it refuses and a harmless one that it does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

WHOLE: Final = "="
Phrases = frozenset[tuple[str, ...]]
"""Runs of words."""


def _phrases(text: str) -> Phrases:
    return frozenset(tuple(phrase.replace(WHOLE, f"{WHOLE} ").split()) for phrase in text.split(",") if phrase.strip())


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


AGAINST: Final = _set("""
    against avoid avoiding before detect detecting fight fighting never no not recognise recognize spot spotting stop
    without why erkennen gegen keine kein nie niemals ohne stoppen vermeiden vor warum
    بدون تشخیص چرا ضد علیه قبل مقابله
""")
"""Who writes against fake engagement, or of what comes before buying, does not ask for it."""

OTHERWISE: Final = _set("ring rings party parties gift gifts photos photographer photography")
"""What makes engagement a promise of marriage."""

JOINS: Final = _set("and or with for from by in of und oder mit für von و یا با برای از")
"""What ends the reach of a word: in "buying guides and reviews" nothing is bought."""


@dataclass(frozen=True, slots=True)
class Near:
    """A word of `first` and, with at most `between` words in between, one of `second` after it.

    With `leads` the first has to begin the clause: "Buy reviews" asks for them, "Best Buy reviews" does not.
    """

    between: int
    first: frozenset[str]
    second: frozenset[str]
    leads: bool = False


BOUGHT: Final = (
    Near(
        2,
        _set("buy buying bought purchase purchasing purchased"),
        _set("follower followers likes subscribers retweets upvotes"),
    ),
    Near(
        2,
        _set("buy buying bought purchase purchasing purchased"),
        _set("reviews ratings comments engagement"),
        leads=True,
    ),
    Near(
        0,
        _set("fake faked fakes faking paid"),
        _set("follower followers likes subscribers comments retweets upvotes reviews ratings engagement accounts"),
    ),
    Near(
        1,
        _set("kauf gekaufte gekauften gefälschte gefälschten"),
        _set("follower followern abonnenten likes kommentare kommentaren bewertungen rezensionen interaktionen"),
    ),
    Near(1, _set("follower followern likes bewertungen rezensionen"), _set("kaufen gekauft faken fälschen")),
    Near(1, _set("خرید خریدن"), _set("فالوور فالور فالوئر لایک ممبر دنبالکننده کامنت")),
    Near(
        1,
        _set("فالوور فالور فالوئر لایک ممبر دنبالکننده دنبالکنندگان کامنت نظر نظرات"),
        _set("فیک جعلی تقلبی خریدن"),
    ),
)
"""Buying or faking, and what is bought or faked."""

FAKE_ENGAGEMENT: Final = _phrases("""
    engagement pod, engagement pods, like pod, like pods, like farm, like farms, click farm, click farms, bot followers,
    bot likes, follower bot, follower bots, like bot, like bots, followbot, followbots, follow for follow,
    like for like, sockpuppets, sock puppets, bot network, bot army, astroturfing, review farm, fake google reviews,
    fake amazon reviews, fake positive reviews, klickfarm, klickfarmen, followerbots, likebots, botnetzwerk,
    scheinkonten, fakeprofile, falsche bewertungen,
    ربات فالوور, ربات لایک, فالوور ربات, اکانت فیک, اکانتهای فیک, فالو به فالو, لایک به لایک
""")

SENSITIVE_TRAITS: Final[Mapping[str, Phrases]] = {
    "health": _phrases("""
        diabetics, =diabetic, diabetic people, diabetic patients, cancer patients, cancer survivors, =depressed,
        depressed people, hiv positive, =hiv, overweight people, =overweight, obese people, =obese, =disabled,
        disabled people, alcoholics, drug addicts, pregnant, mentally ill, chronically ill, ill people, sick people,
        autistic people, autistics, infertile, epileptics, asthmatics,
        diabetiker, diabetikerinnen, krebspatienten, krebskranke, =depressive, depressive menschen, hiv positive,
        übergewichtige, adipöse, =behinderte, behinderte menschen, alkoholiker, drogenabhängige, schwangere,
        psychisch kranke, chronisch kranke, =kranke, autisten, epileptiker, asthmatiker,
        دیابتیها, افراد دیابتی, بیماران دیابتی, بیماران سرطانی, مبتلایان به سرطان, افسردهها, افراد افسرده, افراد چاق,
        چاقها, معلولان, معلولین, معتادان, معتادها, زنان باردار, باردارها, بیماران روانی
    """),
    "religion or belief": _phrases("""
        muslim, muslims, shia, shiites, sunni, sunnis, christians, christian men, christian women, christian families,
        christian people, catholics, catholic people, catholic families, protestants, evangelicals, jews, jewish people,
        jewish families, =jewish, hindus, buddhists, sikhs, mormons, bahais, atheists, churchgoers, =believers,
        religious people, religious families, non believers,
        muslime, musliminnen, muslimische, schiiten, sunniten, christen, christliche familien, katholiken, protestanten,
        evangelikale, juden, jüdische familien, jüdische menschen, buddhisten, atheisten, =gläubige, kirchgänger,
        مسلمانان, مسلمانها, شیعیان, شیعهها, سنیها, اهل سنت, مسیحیان, مسیحیها, یهودیان, یهودیها, کلیمیان, بهاییان,
        بهاییها, بهائیان, زرتشتیان, زرتشتیها, بیخدایان, مذهبیها, افراد مذهبی
    """),
    "ethnic origin": _phrases("""
        =blacks, black people, black women, black men, =whites, white people, white women, white men, people of color,
        people of colour, asians, arabs, kurds, roma people, =roma, gypsies, latinos, latinas, hispanics,
        african americans, black americans, native americans, indigenous people, ethnic minorities,
        schwarze menschen, schwarze frauen, schwarze männer, weiße menschen, asiaten, araber, kurden, sinti, zigeuner,
        ethnische minderheiten,
        کردها, عربها, بلوچها, لرها, ترکمنها, سیاهپوستان, سفیدپوستان, اقلیتهای قومی, کولیها
    """),
    "sexual orientation or identity": _phrases("""
        gay, gays, lesbian, lesbians, bisexual, bisexuals, homosexual, homosexuals, lgbt, lgbtq, lgbtq+, lgbtqia+,
        queer, queers, transgender, trans people, trans women, trans men, transsexuals, heterosexuals, straight men,
        straight women, schwule, lesben, lesbische, bisexuelle, homosexuelle, queere, transmenschen, transpersonen,
        transsexuelle, همجنسگرا, همجنسگرایان, همجنسگراها, دوجنسگرا, دوجنسگرایان, ترنسها, تراجنسیتیها
    """),
    "political opinion": _phrases("""
        conservatives, liberals, leftists, left wing, right wing, left wingers, right wingers, socialists, communists,
        republicans, democrats, republican voters, democratic voters, democrat voters, conservative voters,
        labour voters, liberal voters, green voters, anarchists, nationalists, libertarians, monarchists,
        =konservative, konservative wähler, =linke, =rechte, =liberale, linkswähler, rechtswähler, sozialisten,
        kommunisten, sozialdemokraten, christdemokraten, grünwähler, grünenwähler, afd wähler, spd wähler, cdu wähler,
        fdp wähler, nationalisten,
        اصلاحطلبان, اصلاحطلبها, اصولگرایان, اصولگراها, سلطنتطلبان, سلطنتطلبها, چپیها, چپگرایان, راستگرایان,
        کمونیستها, جمهوریخواهان
    """),
    "trade-union membership": _phrases("""
        union members, trade unionists, unionists, unionized workers, unionised workers,
        gewerkschafter, gewerkschafterinnen, gewerkschaftsmitglieder, اعضای اتحادیه, اعضای سندیکا
    """),
}
"""What people are, by the special category that it belongs to."""

MINORS: Final = _phrases("""
    children, kids, =child, =kid, minors, =teen, teens, teenager, teenagers, teen girls, teen boys, tweens, preteens,
    schoolchildren, schoolkids, pupils, toddlers, babies, adolescents, schoolboys, schoolgirls, high school students,
    high schoolers, middle schoolers, underage, u18, u16, young girls, young boys,
    kinder, kindern, schulkinder, schüler, schülerinnen, jugendliche, jugendlichen, teenies, minderjährige, kleinkinder,
    babys, kindergartenkinder,
    =کودک, کودکان, =بچه, بچهها, =نوجوان, نوجوانان, نوجوانها, دانشآموز, دانشآموزان, دانشآموزها, خردسالان, دختربچهها,
    پسربچهها
""")

ADULTS: Final = _set("""
    parent parents mother mothers father fathers mom moms mum mums dad dads family families grandparent grandparents
    guardian guardians teacher teachers educator educators carer carers caregiver caregivers librarian librarians adult
    adults buyer buyers shopper shoppers customers coaches authors illustrators pediatricians former
    eltern mutter mütter mama mamas vater väter papa papas familie familien großeltern oma opa lehrer lehrerinnen
    lehrkräfte erzieher erzieherinnen betreuer erwachsene käufer käuferinnen kunden ehemalige
    والدین مادر مادران مادرها پدر پدران پدرها خانواده خانوادهها معلم معلمان معلمها مربی مربیان پدربزرگ مادربزرگ
    بزرگسالان خریداران مشتریان علاقهمندان دوستداران
""")
"""Who is an adult beside the young people that are named: they may be addressed."""

TO: Final = _set("to bis und and تا")
UNDER: Final = _set("under below unter زیر")
YEARS: Final = _set("""
    year years yrs yo y old olds aged age ages jahre jahren jährige jähriger jährigen alter سال ساله سالهها
""")
