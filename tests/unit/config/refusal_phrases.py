"""What briefs say, and whether it is refused: titles and topics first, then groups of people.

The first table of each pair was written before its writer looked at the patterns, the second with them at hand.
"""

from __future__ import annotations

from typing import Final

ASKED: Final = (
    "like4like", "L4L and F4F every week", "sub4sub", "f4ke rev1ews", "fa\u200bke revi\u200bews",
    "\uff46\uff41\uff4b\uff45 \uff52\uff45\uff56\uff49\uff45\uff57\uff53", "buy f\u043ellowers",
    "buy foll\u00adowers", "BUY LIKES", "bots that like our posts", "fake followers", "followers for sale",
    "pay people to leave five-star reviews", "Fake reviews: how we write them", "No bots, just buy followers",
    "How to spot fake reviews and buy likes", "Stop waiting: buy followers", "gefakte Likes",
    "Fake-Bewertungen schreiben", "فالوور فیک", "لایک خریدنی", "ممبر فیک تلگرام", "خرید ممبر", "لايك فيك",
    "کامنت تقلبی", "فالوئر خریداری شده", "فروش فالوور", "فالوور غیرواقعی", "f\u200c0llow for f0llow",
    "buy fol\u200blowers cheap",
)  # fmt: skip
"""Asks for engagement that is bought or fake."""
ASKED_AGAIN: Final = (
    "like 4 like", "l1ke4l1ke", "fake  reviews", "Fake reviews without effort",
    "Fake reviews that nobody will spot", "Fake likes to fight the competition",
    "fight your rivals with fake reviews", "No risk: fake followers", "No risk fake followers",
    "Not only fake reviews", "buyfollowers", "#followforfollow", "fakereviews", "foIIowers kaufen",
    "purchase 10k real Instagram followers", "We buy likes", "pay for likes", "Pay customers for reviews",
    "get paid reviews", "Follower kaufen ohne Risiko", "Bewertungen kaufen", "Likes kaufen statt warten",
    "لایک فیک بدون ریزش", "خرید فالوور بدون ریزش", "فالوور واقعی بخرید", "فالوور بخر", "خرید بازدید",
    "خرید لایک ارزان", "نظرات جعلی بنویسیم", "bots to like our posts", "engagement pods for bakers",
    "Fake reviews and how to write them", "undetectable fake reviews", "buy reviews; never get caught",
    "Never get caught: buy reviews", "buy f0llowers", "b\u057dy followers", "f\u0430k\u0435 r\u0435vi\u0435ws",
    "\u0493ake reviews",
    "\U0001d41f\U0001d41a\U0001d424\U0001d41e \U0001d42b\U0001d41e\U0001d42f\U0001d422\U0001d41e\U0001d430\U0001d42c",
    "fa\u0336ke reviews", "fake-reviews", "fake_reviews", "fake.reviews", "bought Google reviews",
    "how to get bought reviews",
    "Buying 500 subscribers", "Kauf von Followern", "comment pod", "Join our comment pods",
    "an Instagram pod for bakers", "review pods", "share-pod",
)  # fmt: skip
"""The same, around the patterns."""
NOT_ASKED: Final = (
    "Fake reviews: how we fight them", "no bots", "No fake followers, ever", "How to report fake reviews",
    "Stop fake reviews", "Why we never buy followers", "Bots in customer service",
    "How to recognise bought likes", "The truth about fake followers", "What we do against click farms",
    "Without bots", "Thank you, followers: buy two, get one free", "Customers who buy leave reviews",
    "Keine gekauften Follower", "So erkennen Sie Fake-Bewertungen", "Schluss mit Fake-Bewertungen",
    "مبارزه با نظرات جعلی", "چرا فالوور نمی‌خریم", "هرگز فالوور نخرید", "بدون فالوور فیک",
    "چگونه نظر جعلی را بشناسیم", "Our law firm sues fake-review sellers", "Robotics club",
    "What people like for likeable cakes", "A study of fake engagement",
)  # fmt: skip
"""Writes against it, or of something else."""
NOT_ASKED_AGAIN: Final = (
    "Fake reviews and how to stop them", "Fake reviews, and why they are illegal", "Fake reviews explained",
    "Spotting fake reviews and bought likes", "Don't buy followers", "do not buy followers",
    "Why fake followers hurt your brand", "Buying followers hurts your brand", "Fake followers? Not with us",
    "Before you buy followers, read this", "We never buy likes or followers", "We refuse to buy followers",
    "fake plants and reviews", "Paid leave and reviews", "Book reviews", "Reviews you can trust",
    "Buy our followers a coffee", "Buy one get one", "Follower für meine Seite", "Mehr Follower", "Buy local",
    "real followers", "Likes and comments explained", "Bots like ChatGPT", "Robot lawn mowers: reviews",
    "lessons paid for by likes", "Gewinnspiel für Follower", "Echte Bewertungen unserer Kunden",
    "coffee pod reviews", "pods we like", "No comment pods", "Comments on our coffee pods", "iPod followers",
    "Keine Fake-Bewertungen", "Gekaufte Bewertungen erkennen", "Nie wieder gekaufte Likes", "فالوور واقعی",
    "افزایش فالوور", "خرید کتاب و نظرات", "نظرات خریداران", "نظر مشتریان درباره خرید", "خرید فالوور ممنوع",
    "نظرات جعلی را گزارش کنید", "لایک واقعی", "دنبال‌کننده برای صفحهٔ من", "Followers for my page",
    "fake tan reviews", "Fake news", "How platforms remove fake accounts", "Buyer reviews",
    "Black Friday: buy now, reviews inside", "share for shares", "engagement photos", "4 likes",
    "Anti fake review law", "The fake review scandal", "Paid comments are illegal",
    "What followers bought this week", "We pay attention to reviews", "Like for like comparison of phones",
    "Victims of fake reviews", "Buy what our followers love",
    "Buy the books that our followers love", "Follow for follow-up tips", "an f for f-strings",
    "Never buy fake followers", "no bought fake likes", "Our policy on fake reviews",
    "Fake reviews cost shops billions", "Niemals gefälschte Likes kaufen",
)  # fmt: skip
"""The same, around the patterns."""
MEANT: Final = (
    "12 year olds", "kids aged 8-12", "boys and girls", "girls under 15", "kids 8 to 12",
    "8-12 year old children", "twelve-year-olds", "pupils in grade 5", "students aged 16", "ages 13–17",
    "people younger than 18", "kids and their parents", "kids of teachers", "k1ds", "ki\u200bds",
    "\u0441hildren", "school children and their teachers", "gen alpha", "t33ns", "کودکان زیر ۱۳ سال",
    "بچه‌های ۸ تا ۱۲ ساله", "دختران ۱۵ ساله", "كودكان", "کــودکان", "دوازده ساله‌ها", "Kinder unter 13 Jahren",
    "12-Jährige", "people with depression", "women with diabetes", "people living with HIV", "d1abetics",
    "g\u0430y men", "مبتلایان به دیابت",
)  # fmt: skip
"""Aims at minors, or at people by a sensitive trait."""
MEANT_AGAIN: Final = (
    "U3 groups", "u5 football players", "U-9 teams",
    "l33t t33ns", "k\u0456ds", "children under 10", "youngsters", "kids & parents", "parents and kids",
    "parents/kids", "parents, kids", "teen gamers", "teenage mothers", "teen moms", "teen football fans",
    "mothers under 18", "mothers aged 15", "12-jährige Mütter", "12 year old boys", "people who are minors",
    "people who are under 18", "kids' club members", "children's book readers", "child actors",
    "children of immigrants", "groups of kids", "doctors' kids", "over 13s", "16-24 year olds", "13+", "13-17",
    "girls 13-17", "aged 13 and up", "U16 players", "under 16 girls", "5th graders", "from 14 years",
    "ab 14 Jahren", "Kinder von 6 bis 12", "Kids zwischen 8 und 12", "Schulkinder und Eltern",
    "Mütter und Kinder", "بچه ها", "بچه‌های مدرسه", "نوجوانان ۱۳ تا ۱۷ سال", "دختران نوجوان", "کودکان و والدین",
    "زیر ۱۸ ساله‌ها", "دانش آموزان", "سیزده ساله‌ها", "پسران ۱۲ ساله", "مادران زیر ۱۸ سال", "kids aged eight",
    "age 12", "below the age of 16", "younger than sixteen", "women with cancer", "Frauen mit Depressionen",
    "people with disabilities", "g\u0430\u200bys", "m\u200buslims", "bl\u0430\u0441k women",
    "fans who are teens", "k.i.d.s", "کودکانِ زیر ۱۳ سال", "کودكان", "preteen girls", "tweens who like slime",
    "twelve year old girls", "6 to 12 year olds", "boys aged 9", "adults and kids", "women and children",
    "children with their parents", "kids with parents", "kids in Berlin", "teens in Berlin", "teen girls",
    "young teens", "middle schoolers", "Generation Alpha", "teenage boys", "teenage girls in Tehran",
    "12yo girls", "kids8-12", "children aged between 6 and 10", "kids of all ages", "under-12s", "u 18",
    "school kids and teachers", "kids + mums", "women and kids", "people aged 12 to 16", "users aged 13-17",
    "followers aged 15", "17 year olds", "sixteen-year-olds", "pre-teens", "adolescent readers",
    "fans under 16", "gamers under 18", "Jungen unter 14", "Mädchen von 10 bis 14", "Teenager", "Teenies",
    "Vierzehnjährige", "14-Jährige in Köln", "Jugendliche und Erwachsene", "کودکان", "کودک", "پسران نوجوان",
    "نوجوانان تهرانی", "زیر ۱۳ سال", "بچه‌ها و مادران", "دخترهای ۱۴ ساله", "۱۲ ساله ها", "دانش‌آموز‌ان دبستان",
    "kids who love Lego", "children with autism", "girls who are 12", "pupils of our school", "minors",
    "mothers of age 15",
)  # fmt: skip
"""The same, around the patterns."""
MENTIONED: Final = (
    "women with kids", "mothers of teens", "parents of children", "teachers of minors' history",
    "teachers of minors", "parents of 12 year olds", "women with kids aged 8-12", "couples without children",
    "people who have kids", "grandmas buying for kids", "fans of children's books", "kids' shoes buyers",
    "pediatric nurses", "childless couples", "child-free travelers", "kindergarten teachers", "youth workers",
    "former pupils", "people who teach children", "coaches of under-16 teams", "18 to 24 year olds",
    "under 30s", "12-year-old whisky lovers", "customers for 12 years", "12-month subscribers",
    "teens' mothers", "Frauen mit Kindern", "Mütter von Teenagern", "Eltern von 12-Jährigen",
    "مادران کودکان زیر ۱۳ سال", "زنان دارای فرزند", "زنان بچه‌دار", "والدین نوجوانان", "معلمان دبستان",
    "diabetes nurses", "nurses who care for cancer patients", "Männer ohne Kinder", "nannies",
    "men who read to their children",
)  # fmt: skip
"""Adults, whatever else is named beside them."""
MENTIONED_AGAIN: Final = (
    "u2 fans", "U2 listeners",
    "parents of boys and girls", "parents with babies and toddlers", "mothers of twins", "expats with kids",
    "nurses with kids", "people whose kids play football", "households with children",
    "men and women with kids", "teachers who teach 12 year olds", "primary school teachers", "school teachers",
    "child psychologists", "children's hospital donors", "kids' clothes shoppers", "buyers of kids' shoes",
    "toy buyers", "under 25s", "20-30 year olds", "people over 50", "18+", "18 and over", "adults 18+", "18-24",
    "25 to 34", "men aged 20 to 30", "women aged 18-30", "30 year olds", "companies under 10 years",
    "10-year-old companies' owners", "employees with 5-10 years of experience", "customers since 12 years",
    "9-to-5 workers", "under 15 minutes cooks", "people under 10 km from the shop", "5 to 9 person teams",
    "kid-free travelers", "kids-free hotels guests", "teen drama fans", "YA fiction readers", "young adults",
    "young professionals", "students", "university students", "Gen Z", "millennials", "Eltern kleiner Kinder",
    "Eltern mit Kindern unter 12", "Eltern von Kindern zwischen 8 und 12", "Großeltern", "Familien mit Kindern",
    "Lehrer für Jugendliche", "Kinderärzte", "Kinderbuchfans", "Frauen ab 30", "Männer unter 40",
    "خانواده‌های دارای کودک", "معلمان دانش‌آموزان", "زنان ۲۵ تا ۳۴ ساله", "مردان زیر ۳۰ سال",
    "والدین کودکان ۸ تا ۱۲ ساله", "مادران", "علاقه‌مندان به کتاب کودک", "مربیان مهدکودک",
    "صاحبان شرکت‌های ۱۰ ساله", "doctors of diabetics", "diabetes researchers", "cooks with diabetes recipes",
    "youth hostel guests", "baby product buyers", "single moms", "moms", "dads of daughters",
    "gluten-free bakers", "people with dogs", "people with 12 year old cars", "whisky lovers",
    "12 year scotch drinkers", "team leads of 5 to 10 people", "K-pop fans", "kids at heart",
    "big kids at heart", "people who love kids' movies", "fans of teen fiction", "coaches of teens",
    "pupils' parents", "the parents of my pupils", "ex pupils", "former high school students",
    "people who work with children", "kindergarten staff", "child care workers", "children's librarians",
    "kids book illustrators", "everybody", "beginners", "regulars", "coffee lovers", "home brewers",
    "office workers", "founders", "nurses", "teachers", "pensioners", "night owls", "9-5ers",
    "gardeners with 5 year old trees", "new parents", "newlyweds", "parents-to-be", "aunts and uncles of kids",
    "people with young children", "people with small kids", "working mothers with two kids", "women, 30 to 40",
    "women 30-40", "fathers of 3", "mothers of 2 kids", "adults with ADHD coaches", "cancer research donors",
    "hiking seniors", "seniors 60+", "readers of children's literature", "YouTubers with kids",
    "school principals", "school boards", "daycare owners", "nursery owners", "toy shop owners",
    "birthday planners", "parents who homeschool", "adopters of cats", "vegan families", "families",
    "family doctors", "junior developers", "junior doctors", "minor league fans", "major donors", "Babyboomers",
    "baby boomers", "babysitters", "kidney donors", "childhood friends", "teetotalers", "Kindle readers",
    "kindergarten teachers in Berlin", "Kinderärztinnen", "Schülerlotsen", "Jugendherbergsgäste",
    "Jugendleiter", "Eltern, Großeltern", "Frauen und Männer", "Mädchenmannschaft-Trainer", "مربیان کودکان",
    "پزشکان کودکان", "مادران و پدران", "زوج‌های جوان", "جوانان", "دوستداران قهوه", "کارمندان",
    "دانشجویان ۲۰ تا ۲۵ ساله", "students 18-24", "people from 18 to 30 years", "over 60s", "people over 18",
    "aged 18+", "ages 18-34", "50 year old men", "two-year subscribers", "5 star hotel guests",
    "first graders' parents", "twelve step members", "people with kids, couples with kids",
    "parents of 12 and 14 year olds",
)  # fmt: skip
"""The same, around the patterns."""
