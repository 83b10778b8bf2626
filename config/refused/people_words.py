"""The words that groups of people are told by: traits that nobody is chosen by, the young, and the grown.

English, German and Persian. A phrase that begins with `=` has to be the whole name. Whoever adds one adds a name that
it refuses and a harmless one that it does not (`tests/unit/config/test_refusals.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from config.refused.tables import Phrases, phrases, words

SENSITIVE_TRAITS: Final[Mapping[str, Phrases]] = {
    "health": phrases("""
        diabetics, =diabetic, diabetic people, diabetic patients, cancer patients, cancer survivors, =depressed,
        depressed people, hiv positive, =hiv, overweight people, =overweight, obese people, =obese, =disabled,
        disabled people, alcoholics, drug addicts, pregnant, mentally ill, chronically ill, ill people, sick people,
        wheelchair users, schizophrenics, bipolar people, expectant mothers, blind people, deaf people,
        autistic people, autistics, infertile, epileptics, asthmatics,
        diabetiker, diabetikerinnen, krebspatienten, krebskranke, =depressive, depressive menschen, hiv positive,
        übergewichtige, adipöse, =behinderte, behinderte menschen, alkoholiker, drogenabhängige, schwangere,
        psychisch kranke, chronisch kranke, =kranke, autisten, epileptiker, asthmatiker,
        دیابتیها, افراد دیابتی, بیماران دیابتی, بیماران سرطانی, مبتلایان به سرطان, افسردهها, افراد افسرده, افراد چاق,
        چاقها, معلولان, معلولین, معتادان, معتادها, زنان باردار, باردارها, بیماران روانی
    """),
    "religion or belief": phrases("""
        muslim, muslims, shia, shiites, sunni, sunnis, christians, christian men, christian women, christian families,
        christian people, catholics, catholic people, catholic families, protestants, evangelicals, jews, jewish people,
        jewish families, =jewish, hindus, buddhists, sikhs, mormons, bahais, atheists, churchgoers, =believers,
        religious people, religious families, non believers,
        muslime, musliminnen, muslimische, schiiten, sunniten, christen, christliche familien, katholiken, protestanten,
        evangelikale, juden, jüdische familien, jüdische menschen, buddhisten, atheisten, =gläubige, kirchgänger,
        مسلمانان, مسلمانها, شیعیان, شیعهها, سنیها, اهل سنت, مسیحیان, مسیحیها, یهودیان, یهودیها, کلیمیان, بهاییان,
        بهاییها, بهائیان, زرتشتیان, زرتشتیها, بیخدایان, مذهبیها, افراد مذهبی
    """),
    "ethnic origin": phrases("""
        =blacks, black people, black women, black men, =whites, white people, white women, white men, people of color,
        people of colour, asians, arabs, kurds, roma people, =roma, gypsies, latinos, latinas, hispanics,
        african americans, black americans, native americans, indigenous people, ethnic minorities,
        schwarze menschen, schwarze frauen, schwarze männer, weiße menschen, asiaten, araber, kurden, sinti, zigeuner,
        ethnische minderheiten,
        کردها, عربها, بلوچها, لرها, ترکمنها, سیاهپوستان, سفیدپوستان, اقلیتهای قومی, کولیها
    """),
    "sexual orientation or identity": phrases("""
        gay, gays, lesbian, lesbians, bisexual, bisexuals, homosexual, homosexuals, lgbt, lgbtq, lgbtq+, lgbtqia+,
        queer, queers, transgender, trans people, trans community, trans women, trans men, transsexuals, heterosexuals,
        straight men, straight women, schwule, lesben, lesbische, bisexuelle, homosexuelle, queere, transmenschen,
        transpersonen, transsexuelle, همجنسگرا, همجنسگرایان, همجنسگراها, دوجنسگرا, دوجنسگرایان, ترنسها, تراجنسیتیها
    """),
    "political opinion": phrases("""
        conservatives, liberals, leftists, left wing, right wing, left wingers, right wingers, socialists, communists,
        republicans, democrats, republican voters, democratic voters, democrat voters, conservative voters,
        labour voters, liberal voters, green voters, anarchists, nationalists, libertarians, monarchists,
        =konservative, konservative wähler, =linke, =rechte, =liberale, linkswähler, rechtswähler, sozialisten,
        kommunisten, sozialdemokraten, christdemokraten, grünwähler, grünenwähler, afd wähler, spd wähler, cdu wähler,
        fdp wähler, nationalisten,
        اصلاحطلبان, اصلاحطلبها, اصولگرایان, اصولگراها, سلطنتطلبان, سلطنتطلبها, چپیها, چپگرایان, راستگرایان,
        کمونیستها, جمهوریخواهان
    """),
    "trade-union membership": phrases("""
        union members, trade unionists, unionists, unionized workers, unionised workers,
        gewerkschafter, gewerkschafterinnen, gewerkschaftsmitglieder, اعضای اتحادیه, اعضای سندیکا
    """),
}
"""What people are, by the special category that it belongs to."""

CONDITIONS: Final = words("""
    diabetes depression depressions cancer hiv aids autism adhd asthma epilepsy obesity infertility disability
    disabilities dementia schizophrenia alcoholism bulimia anorexia
    krebs depressionen behinderung behinderungen adhs epilepsie demenz übergewicht
    دیابت سرطان افسردگی اوتیسم ایدز صرع معلولیت اعتیاد چاقی آسم
""")
HAVING: Final = words("""
    with have having has had mit haben
    دارای مبتلا مبتلایان دچار به
""")
"""What makes a condition somebody's: "women with diabetes", not "diabetes nurses"."""

MINORS: Final[Phrases] = phrases("""
    children, kids, =child, =kid, minors, =teen, teens, teenager, teenagers, tweens, preteens, kiddos, kidz,
    youngsters, schoolchildren, schoolkids, pupils, toddlers, babies, infants, preschoolers, kindergartners,
    adolescents, schoolboys, schoolgirls, school girls, school boys, school children, school kids, high schoolers,
    high school students, middle schoolers, middle school students, primary school students,
    elementary school students, junior high students, sixth formers,
    underage, u18, u16, u14, u12, young girls, young boys, little girls, little boys,
    =girls, =boys, boys and girls, girls and boys, gen alpha, generation alpha,
    =kind, kinder, kindern, schulkinder, schulkindern, schüler, schülerinnen, schülern, jugendliche, jugendlichen,
    teenies, teenagern, minderjährige, minderjährigen, kleinkinder, kleinkindern, babys, kindergartenkinder, =mädchen,
    =jungen, jungen und mädchen, mädchen und jungen, grundschüler, gymnasiasten,
    erstklässler,
    =کودک, کودکان, =بچه, بچهها, بچههای, =نوجوان, نوجوانان, نوجوانها, نوجوانهای, دانشآموز, دانشآموزان, دانشآموزها,
    دانش آموز, دانش آموزان, خردسالان, دختربچهها, پسربچهها, دختران نوجوان, پسران نوجوان, نسل آلفا
""")
HARMLESS: Final[Phrases] = phrases("""
    kids at heart, kid at heart, children at heart, big kids, big kid, wiz kids, whiz kids, kinder surprise
""")
"""Where no child is meant."""

GROWN: Final[Phrases] = phrases("former, ex, ehemalige, ehemaligen, سابق")
"""Who was young once."""

YOUNG: Final = words("teen teenage teenaged underage preteen adolescent child kid")
"""What makes whoever is named right after it young: "teen gamers"."""
YOUNGSTERS: Final = words("girls boys mädchen jungen دختران پسران")
"""Who may be grown, if they are called by nothing else: "teen girls" are not."""
YOUNG_PARENTS: Final = words("teen teenage teenaged underage")
"""Of which a parent may be one; "kid parents" and "child parents" are nobody."""

ADULTS: Final = words("""
    parent parents mother mothers father fathers mom moms mum mums mama mamas dad dads family families grandparent
    grandparents grandma grandmas grandpa grandpas guardian guardians stepmothers stepfathers aunts uncles nanny nannies
    teacher teachers educator educators carer carers caregiver caregivers librarian librarians coach coaches trainer
    trainers tutor tutors professors pediatrician pediatricians nurse nurses doctor doctors psychologist psychologists
    therapist therapists authors illustrators photographers workers professionals entrepreneurs adult adults
    eltern mutter mütter mama mamas vater väter papa papas familie familien großeltern oma omas opa opas lehrer
    lehrerinnen lehrkräfte erzieher erzieherinnen betreuer trainer erwachsene
    والدین مادر مادران مادرها پدر پدران پدرها خانواده خانوادهها خانوادههای معلم معلمان معلمها مربی مربیان پدربزرگ
    مادربزرگ پزشکان بزرگسالان
""")
"""Who is grown, by what they are."""

PEOPLE: Final = words("""
    women woman men man people persons folks ladies guys couples singles households users buyers shoppers customers fans
    lovers enthusiasts collectors owners sellers makers designers gamers players athletes drivers actors singers dancers
    fighters readers viewers followers subscribers members visitors students employees everybody everyone anybody anyone
    those
    frauen männer leute menschen paare singles käufer käuferinnen kunden kundinnen fans liebhaber leser spieler
    زنان مردان افراد خانمها آقایان زوجها خریداران مشتریان علاقهمندان دوستداران طرفداران
""")
"""Who may be of any age: grown only where the young are somebody else's."""

CARERS: Final = words("""
    nurse nurses doctor doctors physicians therapist therapists psychologists pharmacists dietitians researchers carers
    ärzte ärztinnen pflegekräfte therapeuten apotheker forscher
    پزشکان پرستاران داروسازان پژوهشگران
""")
"""Whose work others' health is."""

LINKS: Final = words("""
    of with without to for from who whose that having raising expecting about buying
    von mit ohne für deren
    دارای صاحب برای بدون که
""")
"""What stands between the grown and the young that are theirs."""
OWNING: Final = words("""
    with without have has having raise raises raising want teach teaches expecting
    mit ohne
    دارای صاحب بدون
""")
"""What makes the young somebody else's, whoever that is: "expats with kids"."""
BEING: Final = words("are is were be being become becoming aged sind ist هستند")
"""What makes the young whoever was named before: "people who are minors"."""
AND: Final = words("and or plus und oder sowie و یا")

AGED: Final = words("""
    whisky whiskey scotch rum wine wines cognac cheese port car cars company companies business businesses startup
    startups building buildings house houses software dog dogs cat cats horse horses tree trees bike bikes
    unternehmen firma firmen auto autos wein whiskys haus häuser hund hunde
    شرکت شرکتها شرکتهای خودرو خودروهای
""")
"""What may be some years old without being young."""

TEAMS: Final = words("""
    team teams squad squads league leagues girls boys youth football soccer
    mannschaft mannschaften
""")
"""What an age is the name of: "under 16 teams"."""
BEFORE_AGES: Final = words("under below than age aged unter als alter زیر")
"""After what a number in words is an age."""
_NUMBERS: Final = (
    """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen""",
    """null ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn
    achtzehn""",
    "صفر یک دو سه چهار پنج شش هفت هشت نه ده یازده دوازده سیزده چهارده پانزده شانزده هفده هجده",
)
NUMBERS: Final[Mapping[str, int]] = {
    word: number for language in _NUMBERS for number, word in enumerate(language.split())
}
PARTAKERS: Final = words("readers viewers members players users gamers athletes students listeners campers fighters")
"""Who takes part in what is the children's, and so may be one of them: "kids' club members"."""
GENRES: Final = words("""
    drama dramas movie movies film films fiction novel novels romance comedy comedies series show shows book books
    literature magazine magazines music pop slang culture fashion
""")
"""What is about teenagers, and not only for them: "teen drama fans"."""
FREE: Final = words("free frei")
"""What is without the young: "kids-free hotels"."""
EXPERIENCE: Final = words(
    "of experience in berufserfahrung erfahrung ago tenure subscription contract warranty سابقه تجربه"
)
"""What years are the length of, and nobody's age."""
KINDS: Final = words("type typ نوع in and or who aged living from over und oder mit aus ab")
"""What may follow a condition that somebody has; a recipe or a nurse may not."""
