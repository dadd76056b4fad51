"""Free text to values: tables of what coaches write, and laws that hold for any text."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avery.domain import Money, Niche
from graph import understand
from graph.understand import Intent

NAMES: list[tuple[str, str | None]] = [
    ("I'm Dr. Zoë O'Neil-Smith", "Dr. Zoë O'Neil-Smith"),
    ("I’m Dr. Zoë O’Neil-Smith.", "Dr. Zoë O’Neil-Smith"),
    ("call me Sam pls", "Sam"),
    ("sam", "sam"),
    ("Smaantha", "Smaantha"),
    ("my name is María José García and I teach yoga", "María José García"),
    ("it's Bob 😊", "Bob"),
    ("Hi! I am J.P.", "J.P."),
    ("我叫小明", "小明"),
    ("你好，我叫小明。", "小明"),
    ("أنا ليلى", "ليلى"),
    ("ليلى", "ليلى"),
    ("私は田中です", "田中"),
    ("저는 민수입니다", "민수"),
    ("меня зовут Иван", "Иван"),
    ("Иван", "Иван"),
    ("प्रिया", "प्रिया"),
    ("मेरा नाम प्रिया", "प्रिया"),
    ("Γιώργος", "Γιώργος"),
    ("hi im sam", "sam"),
    ("hey avery, im sam!", "sam"),
    ("Hi, I'm Sam, a yoga teacher from Leeds", "Sam"),
    ("I'm Sam and I teach yoga", "Sam"),
    ("Sam. I teach yoga.", "Sam"),
    ("Sam, nice to meet you", "Sam"),
    ("Sam is fine", "Sam"),
    ("Sam please", "Sam"),
    ("just Sam", "Sam"),
    ("Sam x", "Sam"),
    ("Sam will do", "Sam"),
    ("actually call me Sam", "Sam"),
    ("Actually it's Samantha", "Samantha"),
    ("my name is Samantha but call me Sam", "Sam"),
    ("don't call me Bob, call me Rob", "Rob"),
    ("my name is not Bob it's Rob", "Rob"),
    ("everyone calls me JJ", "JJ"),
    ("people call me Big Dave", "Big Dave"),
    ("I go by Ash", "Ash"),
    ("name: Priya Patel", "Priya Patel"),
    ("Name's Bond. James Bond.", "Bond"),
    ("The name's Kev", "Kev"),
    ("change my name to Alex", "Alex"),
    ("Skip Bayless", "Skip Bayless"),
    ("Will Smith", "Will Smith"),
    ("Will", "Will"),
    ("Hope", "Hope"),
    ("Grace", "Grace"),
    ("May", "May"),
    ("Art", "Art"),
    ("Ty", "Ty"),
    ("Noah", "Noah"),
    ("Yasmin", "Yasmin"),
    ("Hilary", "Hilary"),
    ("Coach Carter", "Coach Carter"),
    ("Dr Patel", "Dr Patel"),
    ("Mrs. Jones", "Mrs. Jones"),
    ("Ludwig van Beethoven", "Ludwig van Beethoven"),
    ("juan carlos de la cruz", "juan carlos de la cruz"),
    ("Anne-Marie", "Anne-Marie"),
    ("D'Angelo", "D'Angelo"),
    ("Tom and Sarah", "Tom and Sarah"),
    ("Robert'); DROP TABLE students;--", "Robert"),
    ("je m'appelle Amélie", "Amélie"),
    ("Ich heiße Jürgen", "Jürgen"),
    ("me llamo Ana", "Ana"),
    ("Hola, soy María", "María"),
    ("This is Bob", "Bob"),
    ("you can call me Captain", "Captain"),
    ('it\'s "Ace"', "Ace"),
    ("  Sam  ", "Sam"),
    ("sure, it's Kate", "Kate"),
    ("ok so my name's kate", "kate"),
    ("SAM", "SAM"),
    ("Ng", "Ng"),
    ("Krzysztof", "Krzysztof"),
    ("Avery", "Avery"),
    ("Bob 👋", "Bob"),
    ("X Æ A-12", "X Æ A-12"),
    ("Nguyễn Văn An", "Nguyễn Văn An"),
    ("Sam, but friends call me Sammy", "Sammy"),
    ("hi", None),
    ("hello there", None),
    ("Hey Avery!", None),
    ("what?", None),
    ("skip", None),
    ("yes", None),
    ("no", None),
    ("ok", None),
    ("why do you need my name?", None),
    ("I don't want to say", None),
    ("I'd rather not say", None),
    ("this is confusing", None),
    ("I'm confused", None),
    ("I'm not sure", None),
    ("I'm lost", None),
    ("I'm a yoga teacher", None),
    ("yoga teacher?", None),
    ("yoga teacher", None),
    ("personal trainer", None),
    ("it's complicated", None),
    ("it's private", None),
    ("I'm good thanks", None),
    ("i'm struggling with this", None),
    ("call me later", None),
    ("call me whatever you like", None),
    ("😊😊", None),
    ("asdf1234!!", None),
    ("12345", None),
    ("???", None),
    ("", None),
    ("asdfghjkl", None),
    ("aaaaaaaa", None),
    ("what can you do", None),
    ("how does this work", None),
    ("help", None),
    ("I want to set up my store", None),
    ("thanks", None),
    ("Sam?", None),
    ("can I skip this", None),
    ("none of your business", None),
    ("publish them", None),
    ("connect instagram", None),
    ("I teach yoga", None),
    ("n/a", None),
]

NICHES: list[tuple[str, tuple[str, bool] | None]] = [
    ("I teach yoga", ("wellness", True)),
    ("PT", ("fitness", True)),
    ("strength coach", ("fitness", True)),
    ("HIIT", ("fitness", True)),
    ("career coaching", ("business", True)),
    ("executive", ("business", True)),
    ("travel vlogger", ("lifestyle", True)),
    ("fashion", ("lifestyle", True)),
    ("fitness", ("fitness", True)),
    ("wellness", ("wellness", True)),
    ("business", ("business", True)),
    ("lifestyle", ("lifestyle", True)),
    ("Fitness & Training", ("fitness", True)),
    ("Wellness & Mindfulness", ("wellness", True)),
    ("Business & Executive", ("business", True)),
    ("Lifestyle & Creator", ("lifestyle", True)),
    ("business coach for yoga teachers", ("business", True)),
    ("yoga for executives", ("wellness", True)),
    ("fitness for busy mums", ("fitness", True)),
    ("I'm a personal trainer", ("fitness", True)),
    ("pilates mainly", ("wellness", True)),
    ("meditation and breathwork", ("wellness", True)),
    ("nutritionist", ("wellness", True)),
    ("I help people lose weight and get fit", ("fitness", True)),
    ("not fitness, more wellness", ("wellness", True)),
    ("running coach", ("fitness", True)),
    ("leadership", ("business", True)),
    ("I coach startup founders", ("business", True)),
    ("beauty and makeup", ("lifestyle", True)),
    ("photography", ("lifestyle", True)),
    ("buisness", ("business", True)),
    ("fitnes", ("fitness", True)),
    ("meditaton", ("wellness", True)),
    ("lifestlye", ("lifestyle", True)),
    ("crossfit!!", ("fitness", True)),
    ("boxing 🥊", ("fitness", True)),
    ("menopause coach", ("wellness", True)),
    ("sales training", ("business", True)),
    ("change my niche to fitness", ("fitness", True)),
    ("Hi! I do yoga and pilates in Bristol, mostly for beginners.", ("wellness", True)),
    ("I teach medieval sword fighting", ("fitness", False)),
    ("dog training", ("lifestyle", False)),
    ("beekeeping", ("lifestyle", False)),
    ("maths tutor", ("business", False)),
    ("life coach", ("lifestyle", False)),
    ("I teach people to play the theremin", ("lifestyle", False)),
    ("underwater basket weaving", ("lifestyle", False)),
    ("chess coaching", ("business", False)),
    ("hi", None),
    ("what do you mean?", None),
    ("asdfgh", None),
    ("", None),
    ("yes", None),
    ("no thanks", None),
    ("skip", None),
    ("I don't know", None),
    ("not sure", None),
    ("none of these", None),
    ("something else", None),
    ("help", None),
    ("123", None),
    ("😊", None),
    ("what are the options?", None),
    ("how do live sessions work?", None),
    ("this is confusing", None),
    ("idk", None),
]

SPECIALTIES: list[tuple[str, str | None]] = [
    ("I specialise in prenatal yoga", "prenatal yoga"),
    ("I specialize in prenatal yoga!", "prenatal yoga"),
    ("prenatal yoga", "prenatal yoga"),
    ("my specialty is HIIT for busy dads", "HIIT for busy dads"),
    ("mainly strength training for runners", "strength training for runners"),
    ("I focus on mobility", "mobility"),
    ("it's kettlebells", "kettlebells"),
    ("I teach vinyasa flow please", "vinyasa flow"),
    ("I help new mums get fit", "helping new mums get fit"),
    ("I help people who feel stuck and confused", "helping people who feel stuck and confused"),
    ("Women over 50", "Women over 50"),
    ("change my specialty to trail running", "trail running"),
    ("ヨガ", "ヨガ"),
    ("يوغا للحوامل", "يوغا للحوامل"),
    ("hi", None),
    ("", None),
    ("   ", None),
    ("yes", None),
    ("no", None),
    ("what do you mean?", None),
    ("skip", None),
    ("I don't know", None),
    ("not sure", None),
    ("idk", None),
    ("n/a", None),
    ("nothing", None),
    ("asdfghjkl", None),
    ("!!!", None),
    ("this is confusing", None),
    ("how does that help?", None),
]

GBP = "GBP"
PRICES: list[tuple[str, tuple[int, str] | None]] = [
    ("£12.99", (1299, GBP)),
    ("12.99", (1299, GBP)),
    ("twelve ninety nine", (1299, GBP)),
    ("twelve ninety-nine", (1299, GBP)),
    ("nineteen ninety nine a month", (1999, GBP)),
    ("fifteen quid a month", (1500, GBP)),
    ("15 quid", (1500, GBP)),
    ("15 quid a month", (1500, GBP)),
    ("1.299,00 €", (129900, "EUR")),
    ("€1.299", (129900, "EUR")),
    ("$20/mo", (2000, "USD")),
    ("20 dollars", (2000, "USD")),
    ("a tenner", (1000, GBP)),
    ("a fiver a month", (500, GBP)),
    ("make it £15", (1500, GBP)),
    ("I was thinking £12.99", (1299, GBP)),
    ("I was thinking 12.99", (1299, GBP)),
    ("12,99", (1299, GBP)),
    ("99p", (99, GBP)),
    ("1,299", (129900, GBP)),
    ("USD 30", (3000, "USD")),
    ("30 USD", (3000, "USD")),
    ("₹499", (49900, "INR")),
    ("¥1500", (1500, "JPY")),
    ("a million", (100000000, GBP)),
    ("10k", (1000000, GBP)),
    ("15", (1500, GBP)),
    ("fifteen", (1500, GBP)),
    ("twenty five", (2500, GBP)),
    ("a hundred and twenty", (12000, GBP)),
    ("one hundred and twenty pounds", (12000, GBP)),
    ("twelve pounds fifty", (1250, GBP)),
    ("12 pounds 50", (1250, GBP)),
    ("£12 50", (1250, GBP)),
    ("twelve point five", (1250, GBP)),
    ("ten ninety five", (1095, GBP)),
    ("how about 20?", (2000, GBP)),
    ("£15?", (1500, GBP)),
    ("maybe 15", (1500, GBP)),
    ("around 15 I guess", (1500, GBP)),
    ("let's say 18.50 per month", (1850, GBP)),
    ("change the price to 20", (2000, GBP)),
    ("change it from 10 to 15", (1500, GBP)),
    ("not £10, £15", (1500, GBP)),
    ("£10... no, make it £15", (1500, GBP)),
    ("£15 a month or £150 a year", (1500, GBP)),
    ("£40 a session but £12.99 a month", (1299, GBP)),
    ("£150 per year", (15000, GBP)),
    ("12.99£", (1299, GBP)),
    ("12€99", (1299, "EUR")),
    ("£ 12.99", (1299, GBP)),
    ("£12.9", (1290, GBP)),
    ("1 299,00 €", (129900, "EUR")),
    ("1'299.00 CHF", (129900, "CHF")),
    ("A$25", (2500, "AUD")),
    ("£15pm", (1500, GBP)),
    ("15ish", (1500, GBP)),
    ("１２．９９", (1299, GBP)),
    ("١٥", (1500, GBP)),
    ("I'd charge £15 because I have 3 clients", (1500, GBP)),
    ("£2000", (200000, GBP)),
    ("half a million pounds", (50000000, GBP)),
    ("between 10 and 15", None),
    ("10-15", None),
    ("10 or 15", None),
    ("-5", None),
    ("minus five", None),
    ("-£5", None),
    ("3 blogs", None),
    ("5 coaches", None),
    ("6pm", None),
    ("at 6", None),
    ("18:30", None),
    ("2024", None),
    ("since 2019", None),
    ("07700 900123", None),
    ("my number is 07700900123", None),
    ("+44 7700 900123", None),
    ("10% off", None),
    ("I have 20 clients", None),
    ("I've been coaching for 12 years", None),
    ("12/10/2025", None),
    ("the 2nd one", None),
    ("option 2", None),
    ("this one", None),
    ("I'm 35 years old", None),
    ("under £20", None),
    ("more than 10", None),
    ("hi", None),
    ("", None),
    ("what do others charge?", None),
    ("is £15 too much?", None),
    ("feel free", None),
    ("I'm free on tuesday", None),
    ("free trial", None),
    ("nothing yet", None),
    ("24/7", None),
    ("1,2,3", None),
    ("asdf1234", None),
    ("tomorrow at 6", None),
]
FREE = [
    "free",
    "nothing",
    "£0",
    "0",
    "zero",
    "for free",
    "make it free",
    "free please",
    "no charge",
    "I want it to be free",
    "gratis",
    "free of charge",
    "Free!",
    "I don't want to charge",
    "it's free",
    "I'd charge nothing",
    "0.00",
]
INTERVALS = [
    ("£12 a month", "month"),
    ("$20/mo", "month"),
    ("£150 per year", "year"),
    ("£5 weekly", "week"),
    ("£40 per session", "session"),
    ("£40 a class", "session"),
    ("£15", None),
    ("fifteen quid a month", "month"),
    ("£120 annually", "year"),
    ("20 pcm", "month"),
    ("£15 p/m", "month"),
    ("15 each month", "month"),
]
RANGES: list[tuple[str, tuple[int, int] | None]] = [
    ("between 10 and 15", (1000, 1500)),
    ("10-15", (1000, 1500)),
    ("£10-£15", (1000, 1500)),
    ("10 to 15", (1000, 1500)),
    ("£10–15", (1000, 1500)),
    ("from 15 to 10", (1000, 1500)),
    ("10 or 15 quid", (1000, 1500)),
    ("ten to fifteen pounds", (1000, 1500)),
    ("£12.99", None),
    ("hi", None),
    ("", None),
]

YES = [
    "yes",
    "yep",
    "yup",
    "yeah",
    "yess",
    "YESSSS",
    "sure",
    "go ahead",
    "sounds good",
    "do it",
    "ok",
    "okay!",
    "publish them",
    "love it 👍",
    "👍",
    "yes please",
    "why not",
    "of course",
    "go for it",
    "perfect",
    "absolutely",
    "let's do it",
    "yes, publish them all",
    "looks great",
    "no problem",
    "I do",
    "sure, why not?",
    "yeah go on then",
    "aye",
    "brilliant",
    "i'm happy with that",
    "✅",
    "🙌",
    "that works for me",
    "yes, but how much does it cost?",
    "great, thanks!",
    "oh yes",
    "that's right",
]
NO = [
    "no",
    "nope",
    "nah",
    "not now",
    "no thanks",
    "👎",
    "not yet",
    "not really",
    "I don't think so",
    "no, I'd rather not",
    "please don't",
    "of course not",
    "no way",
    "never",
    "don't publish them",
    "I don't like them",
    "ok but not now",
    "nah mate",
    "NO!!!",
    "maybe later",
    "absolutely not",
    "no thank you",
    "yeah no",
    "nooo",
    "❌",
    "i hate it",
    "not today thanks",
]
UNSURE = [
    "",
    "hi",
    "maybe",
    "not sure",
    "I don't know",
    "what?",
    "yes and no",
    "£12.99",
    "Sam",
    "how does it work?",
    "no idea",
    "ok what about the price?",
    "👍👎",
    "nobody told me",
    "Norman",
    "yesterday",
    "I teach yoga",
    "hmm",
    "depends",
]

NOW = datetime(2026, 3, 11, 14, 0, tzinfo=UTC)  # a Wednesday, London is on GMT
TIMES: list[tuple[str, str | None, dict[str, object]]] = [
    ("tomorrow at 6pm", "2026-03-12T18:00:00+00:00", {}),
    ("tommorow at 6 pm", "2026-03-12T18:00:00+00:00", {}),
    ("tmrw 6pm", "2026-03-12T18:00:00+00:00", {}),
    ("next tuesday 18:30", "2026-03-17T18:30:00+00:00", {}),
    ("saturday 10am", "2026-03-14T10:00:00+00:00", {}),
    ("in two hours", "2026-03-11T16:00:00+00:00", {}),
    ("in half an hour", "2026-03-11T14:30:00+00:00", {}),
    ("in an hour and a half", "2026-03-11T15:30:00+00:00", {}),
    ("in 90 minutes", "2026-03-11T15:30:00+00:00", {}),
    ("1st of December at noon", "2026-12-01T12:00:00+00:00", {}),
    ("December 1st at 12:30", "2026-12-01T12:30:00+00:00", {}),
    ("1 Dec 2026 7pm", "2026-12-01T19:00:00+00:00", {}),
    ("6pm", "2026-03-11T18:00:00+00:00", {}),
    ("1pm", "2026-03-12T13:00:00+00:00", {}),
    ("at 9.30am", "2026-03-12T09:30:00+00:00", {}),
    ("tonight at 8", "2026-03-11T20:00:00+00:00", {}),
    ("tomorrow morning at 9", "2026-03-12T09:00:00+00:00", {}),
    ("tomorrow evening at 6", "2026-03-12T18:00:00+00:00", {}),
    ("friday at half six", "2026-03-13T18:30:00+00:00", {"ambiguous": True}),
    ("friday at half past six in the evening", "2026-03-13T18:30:00+00:00", {}),
    ("friday quarter to seven pm", "2026-03-13T18:45:00+00:00", {}),
    ("saturday at 10", "2026-03-14T10:00:00+00:00", {"ambiguous": True}),
    ("wednesday 10am", "2026-03-18T10:00:00+00:00", {}),
    ("wednesday 6pm", "2026-03-11T18:00:00+00:00", {}),
    ("the day after tomorrow at noon", "2026-03-13T12:00:00+00:00", {}),
    ("monday week at 7pm", "2026-03-23T19:00:00+00:00", {}),
    ("2026-04-02 18:00", "2026-04-02T18:00:00+01:00", {}),
    ("2026-04-02T18:00", "2026-04-02T18:00:00+01:00", {}),
    ("25/12/2026 at 10:00", "2026-12-25T10:00:00+00:00", {}),
    ("the 20th at 7pm", "2026-03-20T19:00:00+00:00", {}),
    ("the 5th at 7pm", "2026-04-05T19:00:00+01:00", {}),
    ("in 3 days at 6pm", "2026-03-14T18:00:00+00:00", {}),
    ("in a week at 6pm", "2026-03-18T18:00:00+00:00", {}),
    ("at 6", "2026-03-11T18:00:00+00:00", {"ambiguous": True}),
    ("sunday 6 o'clock", "2026-03-15T18:00:00+00:00", {"ambiguous": True}),
    ("Sunday the 29th of March at 01:30", "2026-03-29T02:30:00+01:00", {}),
    ("yesterday at 6pm", "2026-03-10T18:00:00+00:00", {"past": True}),
    ("today at 9am", "2026-03-11T09:00:00+00:00", {"past": True}),
    ("1 January 2020 at noon", "2020-01-01T12:00:00+00:00", {"past": True}),
    ("schedule a live session tomorrow at 6pm", "2026-03-12T18:00:00+00:00", {}),
    ("can we do thursday 7.30pm?", "2026-03-12T19:30:00+00:00", {}),
    ("midnight", "2026-03-12T00:00:00+00:00", {}),
    ("tomorrow", None, {"missing": "time"}),
    ("on friday", None, {"missing": "time"}),
    ("friday evening", None, {"missing": "time"}),
    ("next week at 6pm", None, {"missing": "day"}),
    ("next week", None, {"missing": "day"}),
    ("31/31/2026", None, {"missing": "day"}),
    ("31 april at noon", None, {"missing": "day"}),
    ("sometime next month", None, {"missing": "day"}),
]
NO_TIMES = [
    "hi",
    "",
    "yes",
    "I charge 15",
    "£6",
    "skip",
    "what time is best?",
    "asdf",
    "99:99",
    "not tomorrow",
    "the sun is out",
    "I sat down",
    "£6",
    "maybe",
    "in 99999999999 days",
    "good morning",
]

INTENTS: list[tuple[str, str, str | None]] = [
    ("skip", "skip", None),
    ("skp", "skip", None),
    ("Skip!", "skip", None),
    ("skip this please", "skip", None),
    ("can I skip this step?", "skip", None),
    ("I'd like to skip", "skip", None),
    ("let's skip it for now", "skip", None),
    ("later", "skip", None),
    ("not now", "skip", None),
    ("pass", "skip", None),
    ("maybe later", "skip", None),
    ("I'll do it later", "skip", None),
    ("do it later", "skip", None),
    ("next please", "skip", None),
    ("can we do this later", "skip", None),
    ("move on", "skip", None),
    ("skip the pricing", "skip", "pricing"),
    ("back", "back", None),
    ("go back", "back", None),
    ("previous", "back", None),
    ("undo that", "back", None),
    ("can we go back please", "back", None),
    ("go back a step", "back", None),
    ("help", "help", None),
    ("HELP!!", "help", None),
    ("i need help", "help", None),
    ("can you help me?", "help", None),
    ("what can you do?", "help", None),
    ("where were we?", "where", None),
    ("what were we doing", "where", None),
    ("where did we leave off?", "where", None),
    ("remind me where we were", "where", None),
    ("what's left?", "where", None),
    ("sorry, what was the question?", "where", None),
    ("what next?", "next", None),
    ("what now", "next", None),
    ("continue", "next", None),
    ("carry on", "next", None),
    ("what should I do next?", "next", None),
    ("ok let's continue", "next", None),
    ("hi", "greeting", None),
    ("Hey!", "greeting", None),
    ("hello there", "greeting", None),
    ("hiii", "greeting", None),
    ("good morning Avery", "greeting", None),
    ("👋", "greeting", None),
    ("hi, how are you?", "greeting", None),
    ("thanks", "thanks", None),
    ("thank you so much!", "thanks", None),
    ("cheers mate", "thanks", None),
    ("ta", "thanks", None),
    ("🙏", "thanks", None),
    ("this is confusing", "confused", None),
    ("I'm lost", "confused", None),
    ("too complicated", "confused", None),
    ("this is way too complicated for me", "confused", None),
    ("I don't understand", "confused", None),
    ("I don't get what you want from me", "confused", None),
    ("this is so frustrating", "confused", None),
    ("wtf", "confused", None),
    ("what do you mean?", "confused", None),
    ("ugh I hate this", "confused", None),
    ("you're not helping", "confused", None),
    ("how am I doing?", "analytics", None),
    ("show me my stats", "analytics", None),
    ("how's my store doing?", "analytics", None),
    ("how many subscribers do I have?", "analytics", None),
    ("analytics", "analytics", None),
    ("what do others charge?", "competitors", None),
    ("competitor pricing", "competitors", None),
    ("how much do other yoga teachers charge?", "competitors", None),
    ("what are other coaches charging", "competitors", None),
    ("what's the going rate?", "competitors", None),
    ("what does Peloton charge?", "competitors", None),
    ("delete the second blog", "delete_blog", "second"),
    ("delete blog 2", "delete_blog", "2"),
    ("can you delete my blog about sleep", "delete_blog", "sleep"),
    ("remove the yoga post please", "delete_blog", "yoga"),
    ("get rid of the last one", "delete_blog", "last"),
    ("delete all my blogs", "delete_blog", "all"),
    ("delete my blog", "delete_blog", None),
    ("I want to delete a blog", "delete_blog", None),
    ("write me a blog about sleep", "write_blog", "sleep"),
    ("can you write a post on morning routines for mums?", "write_blog", "morning routines for mums"),
    ("I'd like an article about gut health please", "write_blog", "gut health"),
    ("write about core strength", "write_blog", "core strength"),
    ("write another blog", "write_blog", None),
    ("new blog: 5 tips for runners", "write_blog", "5 tips for runners"),
    ("can you write a blog called Rest Days Matter", "write_blog", "Rest Days Matter"),
    ("try again", "regenerate_blog", None),
    ("rewrite the second blog", "regenerate_blog", "second"),
    ("different posts please", "regenerate_blog", None),
    ("regenerate", "regenerate_blog", None),
    ("can you rewrite the blog about sleep?", "regenerate_blog", "sleep"),
    ("redo the first one", "regenerate_blog", "first"),
    ("I don't like these blogs", "regenerate_blog", None),
    ("can you regenerate blog 2?", "regenerate_blog", "2"),
    ("publish them all", "publish", "all"),
    ("post them", "publish", None),
    ("publish", "publish", None),
    ("please publish the first one", "publish", "first"),
    ("put them live", "publish", None),
    ("yes publish them", "publish", None),
    ("publish all three blogs", "publish", "all"),
    ("change the theme", "template", None),
    ("can I use a different template?", "template", None),
    ("change the look of my store", "template", None),
    ("I want a custom template", "template", "custom"),
    ("make it darker", "template", "darker"),
    ("I'd like different colours", "template", None),
    ("change the theme to dark", "template", "dark"),
    ("can I have a minimal theme", "template", "minimal"),
    ("schedule a live session tomorrow at 6pm", "live_session", "schedule a live session tomorrow at 6pm"),
    ("book a live class for saturday", "live_session", "book a live class for saturday"),
    ("I want to go live on saturday at 10", "live_session", "I want to go live on saturday at 10"),
    ("shcedule a live sesion", "", None),
    ("can you set up a live workout?", "live_session", "can you set up a live workout?"),
    ("set up payments", "stripe", None),
    ("connect stripe", "stripe", None),
    ("payouts", "stripe", None),
    ("I want to get paid", "stripe", None),
    ("add my bank details", "stripe", None),
    ("share my store", "share", None),
    ("share it on instagram", "share", "instagram"),
    ("give me my link", "share", None),
    ("share to whatsapp please", "share", "whatsapp"),
    ("write me an instagram caption", "share", "instagram"),
    ("connect instagram", "connect", "instagram"),
    ("connect my insta pls", "connect", "instagram"),
    ("link my TikTok", "connect", "tiktok"),
    ("can you connect youtube?", "connect", "youtube"),
    ("connect my socials", "connect", None),
    ("reconnect instagram", "connect", "instagram"),
    ("disconnect instagram", "disconnect", "instagram"),
    ("unlink my tiktok", "disconnect", "tiktok"),
    ("remove my instagram", "disconnect", "instagram"),
    ("disconnect my accounts", "disconnect", None),
    ("actually call me Sam", "change_name", "Sam"),
    ("change my name to Zoë O'Neil", "change_name", "Zoë O'Neil"),
    ("my name is actually Alex", "change_name", "Alex"),
    ("change my name", "change_name", None),
    ("please call me JJ instead", "change_name", "JJ"),
    ("you got my name wrong", "change_name", None),
    ("make it £15", "change_price", "make it £15"),
    ("change the price to 20", "change_price", "change the price to 20"),
    ("I was thinking £12.99", "change_price", "I was thinking £12.99"),
    ("can you make it 15 quid a month?", "change_price", "can you make it 15 quid a month?"),
    ("make it free", "change_price", "make it free"),
    ("lower my price to £9.99", "change_price", "lower my price to £9.99"),
    ("change my niche to fitness", "change_niche", "fitness"),
    ("actually I'm a business coach", "change_niche", "business coach"),
    ("change my niche", "change_niche", None),
    ("change my specialty to trail running", "change_specialty", "trail running"),
    ("my specialty is actually kettlebells", "change_specialty", "kettlebells"),
    ("can you make it more casual?", "change_tone", "casual"),
    ("Can you make it more casual?", "change_tone", "casual"),
    ("make it more professional", "change_tone", "professional"),
    ("less formal please", "change_tone", "casual"),
    ("it's too formal", "change_tone", "casual"),
    ("make the bio sound calmer", "change_tone", "calm"),
    ("I want a more energetic tone", "change_tone", "motivational"),
    ("change the tone to calm", "change_tone", "calm"),
    ("too casual", "change_tone", "professional"),
    ("could it be a bit friendlier", "change_tone", "casual"),
    ("rewrite my bio", "rewrite_bio", None),
    ("can you make my bio shorter?", "rewrite_bio", "shorter"),
    ("I don't like my bio", "rewrite_bio", None),
    ("give me another bio", "rewrite_bio", None),
    ("my bio: I help runners run faster and smile more.", "own_bio", "I help runners run faster and smile more."),
    ("here's my bio: Yoga for everyone, since 2010.", "own_bio", "Yoga for everyone, since 2010."),
    ("I'll write my own bio", "own_bio", None),
    ("use my instagram photo", "photo", "social"),
    ("use my initials", "photo", "initials"),
    ("upload a photo", "photo", "upload"),
    ("change my profile picture", "photo", None),
    ("I'll upload a headshot", "photo", "upload"),
    ("let's do the pricing", "goto", "pricing"),
    ("back to the blogs", "goto", "content_import"),
    ("set up my profile", "goto", "profile_setup"),
    ("go back to pricing", "goto", "pricing"),
    ("can we do the blogs first", "goto", "content_import"),
    ("skip to pricing", "goto", "pricing"),
    ("change my price", "goto", "pricing"),
    ("let's go to the launch", "goto", "launch"),
    ("how do live sessions work?", "question", "live_sessions"),
    ("How do live sessions work", "question", "live_sessions"),
    ("what should I charge?", "question", "pricing"),
    ("how much does KLIQ cost?", "question", "fees"),
    ("what's your cut?", "question", "fees"),
    ("do you take a commission?", "question", "fees"),
    ("who writes the blogs?", "question", "blogs"),
    ("why do I need to connect Instagram?", "question", "social"),
    ("why do you need a photo?", "question", "photo"),
    ("how do I get paid?", "question", "stripe"),
    ("what is stripe?", "question", "stripe"),
    ("can I see my store?", "question", "store"),
    ("how do people find me?", "question", "share"),
    ("can I delete my account?", "question", "delete_account"),
    ("delete my account", "question", "delete_account"),
    ("is my data safe?", "question", "privacy"),
    ("how long does this take?", "question", "time"),
    ("what is KLIQ?", "question", "what_is_kliq"),
    ("are you a robot?", "question", "what_is_avery"),
    ("who are you?", "question", "what_is_avery"),
    ("what templates are there?", "question", "templates"),
    ("what's the weather like in Paris?", "question", "other"),
    ("can I talk to a person?", "human", None),
    ("human please", "human", None),
    ("I want to speak to someone from support", "human", None),
    ("get me a human", "human", None),
    ("start over", "restart", None),
    ("restart", "restart", None),
    ("can we start again from scratch?", "restart", None),
    ("stop", "stop", None),
    ("bye", "stop", None),
    ("I have to go", "stop", None),
    ("that's all for today", "stop", None),
    ("I'll finish this later", "stop", None),
]
INTENTS = [row for row in INTENTS if row[1]] + [("shcedule a live sesion", "live_session", "schedule a live session")]

ASKED: list[tuple[str, str, tuple[str, str | None] | None]] = [
    ("Skip Bayless", "name", None),
    ("skip", "name", ("skip", None)),
    ("Ty", "name", None),
    ("call me Sam", "name", None),
    ("I'm Sam", "name", None),
    ("Will", "name", None),
    ("Sam", "name", None),
    ("Mark Back", "name", None),
    ("why do you need my name?", "name", ("question", "other")),
    ("this is confusing", "name", ("confused", None)),
    ("Hope Share", "name", None),
    ("hi", "name", ("greeting", None)),
    ("I teach yoga", "niche", None),
    ("fashion and design", "niche", None),
    ("what about yoga?", "niche", None),
    ("social media", "niche", None),
    ("business", "niche", None),
    ("photography", "niche", None),
    ("lifestyle blogs and posts about travel", "niche", None),
    ("I help people who feel stuck and confused", "specialty", None),
    ("I help people start over", "specialty", None),
    ("how to price your services", "specialty", None),
    ("£100k months", "specialty", None),
    ("stop smoking", "specialty", None),
    ("skipping", "specialty", None),
    ("helping people who are lost", "specialty", None),
    ("I help people write a blog about food", "specialty", None),
    ("what I do is help mums get fit", "specialty", None),
    ("pricing strategy for coaches", "specialty", None),
    ("live workouts", "specialty", None),
    ("skip", "specialty", ("skip", None)),
    ("confidence and public speaking", "specialty", None),
    ("calm breathing", "specialty", None),
    ("£12.99", "price", None),
    ("I was thinking £12.99", "price", None),
    ("15 a month", "price", None),
    ("how about £15?", "price", None),
    ("what do others charge?", "price", ("competitors", None)),
    ("what should I charge?", "price", ("question", "pricing")),
    ("skip", "price", ("skip", None)),
    ("free", "price", None),
    ("instagram", "platform", ("connect", "instagram")),
    ("insta", "platform", ("connect", "instagram")),
    ("I use TikTok", "platform", ("connect", "tiktok")),
    ("yt", "platform", ("connect", "youtube")),
    ("I don't have any", "platform", ("skip", None)),
    ("I don't use social media", "platform", ("skip", None)),
    ("none of them", "platform", ("skip", None)),
    ("try again", "platform", ("connect", None)),
    ("I don't have instagram but I have tiktok", "platform", ("connect", "tiktok")),
    ("not instagram, tiktok", "platform", ("connect", "tiktok")),
    ("is it safe?", "platform", ("question", "privacy")),
    ("instagram", "share", ("share", "instagram")),
    ("facebook please", "share", ("share", "facebook")),
    ("done", "share", None),
    ("initials", "photo", ("photo", "initials")),
    ("use my instagram one", "photo", ("photo", "social")),
    ("I'll upload one", "photo", ("photo", "upload")),
    ("just use my initials", "photo", ("photo", "initials")),
    ("try again", "bio", ("rewrite_bio", None)),
    ("shorter please", "bio", ("rewrite_bio", "shorter")),
    ("more casual", "bio", ("change_tone", "casual")),
    ("casual", "bio", ("change_tone", "casual")),
    ("I don't like it", "bio", ("rewrite_bio", None)),
    ("make it shorter", "bio", ("rewrite_bio", "shorter")),
    ("too long", "bio", ("rewrite_bio", "shorter")),
    ("that's not me", "bio", ("rewrite_bio", None)),
    ("I am a professional coach with a calm, motivational style.", "bio", None),
    ("I charge £20 a month for unlimited live classes", "bio", None),
    ("I want to help you start over after burnout", "bio", None),
    ("I write blogs about sleep and stress for tired parents", "bio", None),
    ("Are you tired of diets? Me too. I'm Priya and I coach real food.", "bio", None),
    ("I go live every Tuesday at 6pm so come and join me", "bio", None),
    ("Could you make it sound a bit less formal and more like me?", "bio", ("change_tone", "casual")),
    ("try again", "blogs", ("regenerate_blog", None)),
    ("delete it", "blogs", ("delete_blog", None)),
    ("I don't like the second one", "blogs", ("regenerate_blog", "second")),
    ("one about sleep", "blogs", ("write_blog", "sleep")),
    ("publish 1 and 3", "publish", ("publish", "1 and 3")),
    ("the first one is great but change the second", "blogs", ("regenerate_blog", "second")),
    ("write them", "blogs", ("write_blog", None)),
    ("delete 2", "blogs", ("delete_blog", "2")),
    ("do one about sleep", "blogs", ("write_blog", "sleep")),
    ("tomorrow at 6pm", "live", None),
    ("how about friday at 7?", "live", None),
    ("maybe tomorrow", "live", None),
    ("saturday 10am", "live", None),
    ("how do live sessions work?", "live", ("question", "live_sessions")),
]
NO_INTENTS = [
    "",
    "   ",
    "Sam",
    "I teach yoga",
    "yes",
    "no",
    "12345",
    "asdfgh",
    "María José García",
    "prenatal yoga for beginners",
    "ليلى",
    "blue",
    "Women over 50",
]


@pytest.mark.parametrize(("text", "expected"), NAMES)
def test_a_name_is_found_as_typed_and_nothing_else_is_taken_for_one(text: str, expected: str | None) -> None:
    assert understand.name(text) == expected


@pytest.mark.parametrize(("text", "expected"), NICHES)
def test_a_niche_is_one_of_four_and_says_whether_it_is_sure(text: str, expected: tuple[str, bool] | None) -> None:
    found = understand.niche(text)
    assert (found and (found.value.value, found.sure)) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("I teach medieval sword fighting", "medieval sword fighting"),
        ("dog training", "dog training"),
        ("Beekeeping!", "Beekeeping"),
        ("I teach yoga", "yoga"),
    ],
)
def test_a_niche_keeps_the_coachs_own_words(text: str, said: str) -> None:
    found = understand.niche(text)
    assert found is not None
    assert found.said == said


@pytest.mark.parametrize(("text", "expected"), SPECIALTIES)
def test_a_specialty_is_kept_as_said_without_its_lead_in(text: str, expected: str | None) -> None:
    assert understand.specialty(text) == expected


@pytest.mark.parametrize(("text", "expected"), PRICES)
def test_a_price_is_found_in_many_forms_and_other_numbers_are_not_prices(
    text: str, expected: tuple[int, str] | None
) -> None:
    found = understand.price(text)
    assert (found and found.money and (found.money.minor, found.money.currency)) == expected


@pytest.mark.parametrize("text", FREE)
def test_free_is_a_price_of_nothing(text: str) -> None:
    found = understand.price(text)
    assert found is not None
    assert found.free
    assert found.money is None


@pytest.mark.parametrize(("text", "interval"), INTERVALS)
def test_a_price_knows_what_it_is_paid_for(text: str, interval: str | None) -> None:
    found = understand.price(text)
    assert found is not None
    assert found.interval == interval


@pytest.mark.parametrize(("text", "expected"), RANGES)
def test_a_span_of_prices_is_told_apart_from_one(text: str, expected: tuple[int, int] | None) -> None:
    assert understand.price_range(text) == (expected and (Money(expected[0]), Money(expected[1])))


def test_a_bare_number_and_a_dollar_mean_the_coachs_currency() -> None:
    assert understand.price("15", "USD") == understand.PriceFound(Money(1500, "USD"))
    assert understand.price("$15", "AUD") == understand.PriceFound(Money(1500, "AUD"))
    assert understand.price("1500", "JPY") == understand.PriceFound(Money(1500, "JPY"))


@pytest.mark.parametrize("text", YES)
def test_a_yes_is_a_yes(text: str) -> None:
    assert understand.yes_no(text) is True


@pytest.mark.parametrize("text", NO)
def test_a_no_is_a_no(text: str) -> None:
    assert understand.yes_no(text) is False


@pytest.mark.parametrize("text", UNSURE)
def test_what_is_neither_yes_nor_no_is_left_open(text: str) -> None:
    assert understand.yes_no(text) is None


@pytest.mark.parametrize(("text", "at", "rest"), TIMES)
def test_a_moment_is_found_in_the_coachs_zone(text: str, at: str | None, rest: dict[str, object]) -> None:
    found = understand.when(text, NOW, "Europe/London")
    assert found is not None
    assert (found.at and found.at.isoformat()) == at
    assert {"missing": found.missing, "past": found.past, "ambiguous": found.ambiguous} == {
        "missing": None,
        "past": False,
        "ambiguous": False,
    } | rest


@pytest.mark.parametrize("text", NO_TIMES)
def test_what_names_no_moment_is_none(text: str) -> None:
    assert understand.when(text, NOW, "Europe/London") is None


def test_a_day_from_the_message_before_completes_a_time() -> None:
    first = understand.when("on friday", NOW, "Europe/London")
    assert first is not None
    assert first.day is not None
    second = understand.when("6pm", NOW, "Europe/London", day=first.day)
    assert second is not None
    assert second.at is not None
    assert second.at.isoformat() == "2026-03-13T18:00:00+00:00"


def test_a_zone_that_does_not_exist_falls_back_to_that_of_now() -> None:
    found = understand.when("tomorrow at 6pm", NOW, "Mars/Olympus")
    assert found is not None
    assert found.at == datetime(2026, 3, 12, 18, tzinfo=UTC)


def test_other_zones_have_their_own_evening() -> None:
    found = understand.when("tomorrow at 6pm", NOW, "Australia/Sydney")
    assert found is not None
    assert found.at is not None
    assert found.at.isoformat() == "2026-03-13T18:00:00+11:00"


@pytest.mark.parametrize(("text", "kind", "value"), INTENTS)
def test_a_wish_is_understood_at_any_moment(text: str, kind: str, value: str | None) -> None:
    found = understand.intent(text)
    assert found is not None
    assert (found.kind, found.value) == (kind, value)


@pytest.mark.parametrize(("text", "asked", "expected"), ASKED)
def test_the_open_question_decides_what_a_message_means(
    text: str, asked: str, expected: tuple[str, str | None] | None
) -> None:
    found = understand.intent(text, asked)
    assert (found and (found.kind, found.value)) == expected


@pytest.mark.parametrize("text", NO_INTENTS)
def test_a_plain_answer_is_no_wish(text: str) -> None:
    assert understand.intent(text) is None


def test_two_wishes_in_one_message_are_both_heard() -> None:
    assert understand.intent("make it £15 and publish them all") == Intent(
        "change_price", "make it £15", Intent("publish", "all")
    )


def test_the_wish_in_a_very_long_message_is_found() -> None:
    story = "I started coaching ten years ago after a long career in nursing. " * 40
    assert understand.intent(story + "Can you connect my instagram?") == Intent("connect", "instagram")
    assert understand.intent(story) is None


@pytest.mark.parametrize("text", ["", "   ", "\u200b\u200e", "...", "\n\t", "!?", "\ufeff"])
def test_nothing_said_is_empty(text: str) -> None:
    assert understand.is_empty(text)


@pytest.mark.parametrize("text", ["a", "👍", "0", "ليلى", ". a"])
def test_something_said_is_not_empty(text: str) -> None:
    assert not understand.is_empty(text)


def test_a_gist_is_the_first_useful_sentences() -> None:
    assert understand.gist("short one") == "short one"
    long = "Hi there! I run classes in Leeds. " + "My people come from all over the city. " * 30
    assert understand.gist(long).startswith("I run classes in Leeds. My people")
    assert len(understand.gist(long)) <= 300
    assert len(understand.gist("a" * 4_000)) <= 300


TEXTS = st.one_of(
    st.text(max_size=4_000),
    st.lists(
        st.sampled_from(
            "I I'm my name is call me £ 12.99 15 quid a month tomorrow at 6 pm : - / , . ? ! I help "
            "trainers become not ex used to business coach yoga left "
            "next tuesday 1st of delete the blog about yoga not no yes skip to make it more casual"
            " 😊 \u200f ليلى 99999999999 . £- € free between and or bio: 2026-13-45 31/02 "
            "in half an hour 24:61 connect instagram point hundred thousand million".split(" ")
        ),
        max_size=60,
    ).map(" ".join),
)


@settings(max_examples=300, deadline=None)
@given(
    TEXTS,
    st.sampled_from(
        [None, "name", "niche", "specialty", "photo", "bio", "price", "live", "blogs", "platform", "share"]
    ),
)
def test_no_text_makes_anything_raise(text: str, asked: str | None) -> None:
    found = understand.name(text)
    assert found is None or (found in text and 0 < len(found) <= 100 and found == found.strip())
    understand.niche(text)
    specialty = understand.specialty(text)
    assert specialty is None or 0 < len(specialty) <= 200
    priced = understand.price(text)
    assert priced is None or priced.free == (priced.money is None)
    assert priced is None or priced.money is None or priced.money.minor >= 0
    understand.price_range(text)
    understand.yes_no(text)
    moment = understand.when(text, NOW, "Europe/London")
    assert moment is None or (moment.at is None) == (moment.missing is not None)
    understand.intent(text, asked)
    understand.is_empty(text)
    assert len(understand.gist(text)) <= 300


@given(
    st.integers(min_value=1, max_value=999_999),
    st.sampled_from(
        ["£{}", "{} pounds", "GBP {}", "£{} a month", "make it £{}", "{} quid", "I was thinking £{}", "{}£"]
    ),
)
def test_an_amount_comes_back_as_it_was_written(minor: int, form: str) -> None:
    expected = understand.PriceFound(Money(minor)).money
    for written in (f"{minor / 100:.2f}", f"{minor / 100:,.2f}", f"{minor / 100:.2f}".replace(".", ",")):
        found = understand.price(form.format(written))
        assert found is not None
        assert found.money == expected


SLOW = [
    "a" * 4_000,
    "1," * 2_000,
    "1 " * 2_000,
    "I'm " * 1_000,
    "£" * 4_000,
    "write a blog about " * 200,
    "1.1" * 1_300,
    " " * 4_000,
    "-" * 4_000,
    "my name is " * 360,
    "make it more " * 300,
    "no " * 1_300,
    "twenty " * 570,
    "delete the " * 360,
    "connect to my the " * 220,
    "can you " * 500,
    "hi " * 1_300,
    "'" * 4_000,
    "a'" * 2_000,
    "😊" * 4_000,
    "ﷺ" * 4_000,
    "1st of " * 570,
    "at 6 " * 800,
    "schedule in my " * 260,
    "?" * 4_000,
    "ok so " * 660,
    "bio " * 1_000,
    "go back to the " * 260,
    "don't like " * 360,
    "\n" * 4_000,
    "a\n" * 2_000,
    "what " * 800,
]


@pytest.mark.parametrize("text", SLOW, ids=[repr(text[:12]) for text in SLOW])
def test_no_text_takes_long(text: str) -> None:
    for read in (
        understand.name,
        understand.niche,
        understand.specialty,
        understand.price,
        understand.price_range,
        understand.yes_no,
        understand.intent,
        understand.gist,
        lambda said: understand.when(said, NOW, "UTC"),
    ):
        started = time.process_time()
        read(text)
        assert time.process_time() - started < 0.25


def test_the_niches_are_the_four_of_the_domain() -> None:
    assert {found.value for word in Niche if (found := understand.niche(word.value))} == set(Niche)
