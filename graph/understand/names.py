"""A coach's name in free text: found, never corrected."""

from __future__ import annotations

import re
import unicodedata

from graph.understand.smalltalk import wish, yes_no
from graph.understand.text import fold, is_rubbish, plain, words

LONGEST_NAME = 100

_MOST_TOKENS = 8
_TITLES = frozenset(
    "dr mr mrs ms miss mx prof professor st rev coach pt sir lady lord dame sgt capt lt hon fr sr jr sra srta mme".split()
)
_DOTTED = _TITLES | {"jnr", "snr", "phd", "esq"}
_JOINING = "'.-·\u200c\u200d"
_STYLED = "$!_"

_LEAD_WORDS = (
    r"(?:\s*[:=\-]\s*|\s+)(?:(?:actually|just|simply|really|now|is|as|to|yes|well|um|uh|please|it's)\b[\s,:]*){0,3}"
)
_CALL = re.compile(
    r"\b(?:call(?:s|ed)? me|refer to me as|address me as|i(?:'d)? (?:usually |mostly |normally |also )?(?:prefer to )?(?:go|be known) (?:by|as)"
    r"|(?:i(?:'m| am)|im) (?:called|known as)|(?:like|love|prefer|want|rather|wish) to (?:be|get) (?:called|known as)|(?:coach|teacher|trainer|instructor|guy|girl|woman|man|person|pt|mum|dad) (?:called|named)|i prefer(?: to be called)?|(?:everyone|everybody|people|friends|they) (?:just )?calls? me)\b"
    + _LEAD_WORDS,
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"(?:\b(?:my|the) (?:(?:full|first|real|actual|proper|given|preferred|nick|stage) ?)?name(?:'s|s| is| was|\s*[:=])"
    r"|\b(?:change|update|set|correct|edit|switch) (?:(?:my|the) (?:[a-z]+ )?)?name to"
    r"|\b(?:first|full|given|nick|pen|stage) ?name(?=(?:\s*[:=]|\s)\s*[^\W\d_])|\bname\?"
    r"|\brename me(?: to)?|\bnick ?name(?:'s| is)|^\W{0,3}name(?:'s| is|\s*[:=\-])"
    r"|\bme llamo|\bmi nombre es|\bje m'appelle|\bich hei(?:ß|ss)e|\bmein name ist|\bmi chiamo|\bil mio nome è|\bme chamo"
    r"|\bmeu nome é|\bjag heter|\bik heet|\bmijn naam is|\bmam na imię|\bmam na imie|\bbenim adım|\bменя зовут|\bмо[её] имя|اسمي"
    r"|\bmera naam|\bमेरा नाम|\bשמי|\bקוראים לי|\bjeg heter|\bjeg hedder|\bnimeni on|\bnazywam się)(?=[\s:=\-\"'*]|$)"
    r"(?:\s*[:=\-]\s*|\s+|(?=[\"'*]))(?:(?:actually|just|simply|really|now|spelled|spelt|is|to)\b[\s,:]*){0,3}",
    re.IGNORECASE,
)
_WEAK = re.compile(
    r"(?:\b(?:i'm|im|i am|it's|its|it is|this is|that's|that is|'tis|tis)(?:\s+(?:actually|just|simply|really|only|called|spelled|spelt))?\b"
    r"|^(?:\W|\b(?:hola|ciao|bonjour|salut|hallo|привет|مرحبا|أهلا|ola|olá|hoi|hej)\b){0,6}"
    r"(?:\b(?:soy|ich bin|je suis|moi c'est|c'est|sono|eu sou|sou|jestem|ben|jag är|ik ben|я)\b|أنا|انا|אני))(?=[\s:\"'*])[\s:\"*]*",
    re.IGNORECASE,
)
_UNSPACED = re.compile(
    r"(?:我的名字(?:是|叫)|我(?:名)?叫|叫我|我是|私の名前は|私は|わたしは|僕は|제 ?이름은|저는|나는)\s*(?P<name>[^\s，。！？、,.!?~～;；:：]{1,30})"
)
_UNSPACED_END = re.compile(
    r"(?:と申します|といいます|と言います|です|だよ|입니다|이에요|예요|이라고|라고|吧|就好|就行|哦|呀)+$"
)
_OPENING = re.compile(
    r"(?:<[^<>]{0,20}>|\W|\b(?:hi+|hiya|hey+|hello+|helo|good (?:morning|afternoon|evening)|(?:hi|hey|hello|morning) (?:avery|there)|sure(?: thing)?|ok(?:ay)?|yes|yeah|yep"
    r"|well|um+|uh+|erm?|oh|ah|so|of course|just|simply|nice to meet you|thanks|thank you|actually|sorry|no|nope|nah|haha|lol|hmm+"
    r"|let's go with|lets go with|go with|make (?:it|that)|use|say|try|hola|bonjour|ciao|hallo|salut|привет|مرحبا|name|should be|that should be|it should be|that would be|that'd be)\b(?!['\-]\w)|(?:こんにちは|こんばんは|はじめまして|你好|您好|안녕하세요|नमस्ते|สวัสดี|שלום))*",
    re.IGNORECASE,
)

_STOPS = frozenset(
    "and but i i'm im i'll i've i'd from pls please plz thanks thank thx here btw lol who a an the or for instead actually now"
    " though tho ok okay by at with my is it's its because cos so if when not haha nice you your in on was will would works"
    " full short aka really just only too also as that this what how can could do does have has am are to mate avery"
    " called calls call spelled spelt she he they pronounced hi hello hey yes no since which not let lets let's me we obviously basically probably speaking then last surname".split()
)
_TAIL = re.compile(
    r"(?:'s(?= (?:my|the|here)\b))?[\s\"'*)]*(?:$|[,.;:!?(\n\r\t/|~…。，！)\"*]|-\s|[^\w\s']|(?:and|but|i|i'm|im|from|pls|please|plz|thanks|thank|thx|here|btw|lol|for short|or|is (?:my|the) (?:\w+ )?name|not|obviously|basically|probably|speaking|then"
    r"|is (?:fine|good|ok|okay|great|perfect|me)|will do|works|would be|is what|instead|actually|now|though|tho|x+|is my (?:\w+ )?name|nice to|aka|mate|avery|haha|if you|as in|to my|to you|by the way|with (?:a|an|two|one))\b)",
    re.IGNORECASE,
)
_ROLE = re.compile(r"\s+(?:the|an?)\s", re.IGNORECASE)
_NOT_WHAT_ONE_IS = frozenset(
    "irish british english scottish welsh american australian canadian french german spanish italian indian polish european african asian black white brown"
    " female male trans gay straight vegan vegetarian catholic muslim jewish monday tuesday wednesday thursday friday saturday sunday"
    " january february october november december raining snowing winter spring autumn christmas gutted poorly unwell retired unemployed employed disabled deaf blind dyslexic autistic adhd".split()
)
"""What "I'm" and "it's" are followed by when no name comes."""
_NEVER = frozenset(
    "later back maybe when if tomorrow whatever anything anytime something what how not a an the by on at in now soon today"
    " crazy old again please your you my his her their it this that and or but i me myself yours none nothing asap is was are tonight and/or".split()
)
NOT_NAMES = (
    _NEVER
    | _STOPS
    | frozenset(
        # greetings, answers, wishes
        "hi hiya hey hello yo sup yes yep yup yeah nope nah no ok okay sure thanks thx cheers please skip pass next back help stop"
        " cancel quit exit start continue begin again undo previous done ready restart reset menu options yas bye goodbye hmm hm um uh"
        " erm oh ah ugh wow omg wtf lol haha idk dunno nvm nevermind great good fine cool awesome amazing perfect lovely brilliant nice"
        # function words
        " we us our ours he she him they them theirs these those there here where why who whose which whom be been being do does did"
        " done doing have has had having can can't cannot could couldn't should shouldn't would wouldn't won't don't dont doesn't didn't"
        " isn't aren't wasn't i've i'd i'll you're it'll that's there's what's who's how's let's lets of off to too into onto from for with"
        " without about above below under over between through during before after since until than then because while as so just"
        " very really quite rather pretty bit little lot much many more most less least few some any every all both either neither each"
        " another other others same such own only also even ever never always often sometimes usually already yet still maybe perhaps"
        " probably definitely absolutely totally completely literally basically honestly seriously currently"
        # verbs
        " want wanna need like love hate know think thinking guess suppose feel feeling say said saying tell telling told ask asked asking"
        " get getting got give giving go going gone gonna come coming make making made take taking use using used try trying tried see"
        " seeing look looking find found work working works teach teaching teaches taught train training trained help helping coach"
        " coaching run running offer offering sell selling build building create creating post posting publish connect share sharing"
        " write writing schedule delete remove change show send sign open close live understand mean means wait hold hang let"
        " worry bother prefer wish hope-to believe talk talking speak speaking call calling name named check matter matters figure"
        # feelings and states
        " confused confusing lost stuck frustrated frustrating annoyed annoying tired bored boring excited happy sad angry scared nervous"
        " anxious stressed overwhelmed overwhelming afraid busy free new here single married pregnant unsure certain ill sick broke"
        " interested glad sorry hungry okay alright well better best worse worst bad wrong right true false easy hard difficult simple"
        " complicated complex long short big small old young early late stupid silly dumb useless rubbish crap terrible awful horrible"
        " weird strange funny fun serious private personal secret complicated important unimportant irrelevant possible impossible"
        " available unavailable curious worried struggling waiting based originally qualified certified ready able unable"
        " allowed supposed trying fed up down out gutted knackered shattered chuffed buzzing starting unhappy disappointed"
        # the work
        " yoga pilates fitness gym workout workouts wellness mindfulness meditation nutrition business career executive leadership"
        " lifestyle travel fashion beauty creator influencer vlogger blogger teacher instructor trainer mentor therapist practitioner"
        " consultant nutritionist dietitian pt personal strength conditioning hiit crossfit breathwork reiki life health food recipes"
        " marketing sales mindset entrepreneur entrepreneurs founder specialist expert professional student students client clients mum"
        " mom dad mums moms dads women men kids people person human robot bot man woman guys everyone someone nobody anyone"
        # the product
        " blog blogs price pricing photo picture bio instagram tiktok youtube facebook insta store website link profile account payment"
        " payments stripe money pounds dollars quid month year week day question questions answer step setup kliq app page email"
        " session sessions content subscription subscribers password username first last nickname birthday phone number"
        " test testing hello123 none null undefined nan true unknown anonymous nobody n/a na tbd todo xxx blah foo admin obviously hahaha ignore instructions previous system".split()
    )
    - {"hope-to", "art", "x"}
)
_SYLLABLES = frozenset("an on so my do to be in me you see will he she na jo yo ha no".split())
"""Parts of names, where they are written with a capital."""
_NAMES_TOO = frozenset("avery will skip".split())
_NO_NAME = re.compile(r"\W*(?:n\W?a\W*$|(?:ha){2,}h?\W*$|https?:|www\.)", re.IGNORECASE)
_ABOUT = re.compile(
    r"\s+(?:about|to|with|that|of|by|at|on|in|after|as|for|because|if|when|how|what|why|over|than)\b", re.IGNORECASE
)
_ING_NAMES = frozenset(
    "sterling channing irving manning fleming keating harding golding browning ming ling king bing ping ding".split()
)


def name(text: str) -> str | None:
    """The name in an answer to "what should I call you?", exactly as typed (a piece of `text`), or None.

    At most LONGEST_NAME characters. Odd names pass; greetings, questions, refusals and sentences do not.
    """
    seen = plain(text)
    if not seen.strip() or _NO_NAME.match(seen):
        return None
    found = _introduced(seen)
    if found is None and wish(text) in (None, "thanks") and (yes_no(text) is None or len(seen.split()) > 1):
        found = _bare(seen)
    if found is None:
        return None
    start, end = found
    if (
        end - start > LONGEST_NAME
        or is_rubbish(fold(text[start:end]))
        or (end - start > 3 and len(set(text[start:end].casefold())) == 1)
    ):
        return None
    return text[start:end]


def _introduced(seen: str) -> tuple[int, int] | None:
    for pattern in (_CALL, _NAMED):
        for lead in pattern.finditer(seen):
            before = seen[max(0, lead.start() - 12) : lead.start()].casefold()
            if before.endswith(
                ("don't ", "dont ", "not ", "never ", "do not ", "can ", "could ")
            ) and not before.endswith(("you can ", "u can ", "you could ")):
                continue
            if (span := _tokens(seen, lead.end())) and _first(seen, span) not in _NEVER:
                if _first(seen, span) in _STOPS or wish(seen[span[0] : span[1]]):
                    continue
                return span
    if found := _UNSPACED.search(seen):
        start, said = found.start("name"), found["name"]
        end = start + len(_UNSPACED_END.sub("", said))
        if span := _tokens(seen[:end], start):
            return span
    for lead in _WEAK.finditer(seen):
        span = _tokens(seen, lead.end(), vocabulary=True)
        if span is None:
            continue
        said = seen[span[0] : span[1]]
        if said.islower() and (
            _ABOUT.match(seen, span[1]) or (said.endswith("ing") and len(said) > 5 and said not in _ING_NAMES)
        ):
            continue
        if "?" in seen[span[1] : span[1] + 3] and said.islower():
            continue
        return span
    return None


def _bare(seen: str) -> tuple[int, int] | None:
    opening = _OPENING.match(seen)
    start = opening.end() if opening else 0
    span = _tokens(seen, start)
    if span is None or seen.rstrip().endswith("?"):
        return None
    said = words(fold(seen[span[0] : span[1]]))
    typed = seen[span[0] : span[1]].casefold().split()
    if len(typed) > 6 or not said:
        return None
    titled = len(typed) > 1 and typed[0].rstrip(".") in _TITLES
    capitals = (
        1 < len(typed) <= 4 and seen[span[0] : span[1]].istitle() and not set(typed) <= _SYLLABLES
    ) or seen.strip(" .!") == "An"
    for token in typed[1:] if titled else typed:
        if token in _NAMES_TOO or token in {"and", "&"}:
            continue
        if token in _SYLLABLES and capitals:
            continue
        if token in NOT_NAMES or token.rstrip(".") in NOT_NAMES or token.endswith(("n't", "'re", "'ll", "'ve")):
            return None
    if len(typed) == 1 and typed[0].rstrip(".") in _TITLES - {"miss", "professor"}:
        return None
    if len(typed) > 1 and typed[0] in {"will", "may"} and typed[1] in {"do", "be"}:
        return None
    if _TAIL.match(seen, span[1]) or (
        len(typed) > 1 and seen[span[0] : span[1]].istitle() and _ROLE.match(seen, span[1])
    ):
        return span
    return None


def _first(seen: str, span: tuple[int, int]) -> str:
    return seen[span[0] : span[1]].split(maxsplit=1)[0].casefold()


def _tokens(seen: str, start: int, *, vocabulary: bool = False) -> tuple[int, int] | None:
    """The span of the name-like words from `start` on; with `vocabulary` they end before a word that is no name."""
    length = min(len(seen), start + 3 * LONGEST_NAME)
    position = start
    while position < length and (seen[position] in " \t\r\n\"'*_([{:،" or unicodedata.category(seen[position]) == "Cf"):
        position += 1
    first, end, count = position, position, 0
    while position < length and count < _MOST_TOKENS:
        stop = _token_end(seen, position, length)
        token = seen[position:stop]
        worded = any(unicodedata.category(character)[0] == "L" for character in token)
        if not worded and not (token.isdigit() and len(token) <= 3 and count == 0):
            break
        low = token.casefold()
        lower = token == low
        if count and ((low in _STOPS and (lower or low not in _SYLLABLES)) or (lower and set(low) == {"x"})):
            joined = low == "and" and _couple(seen, stop, length)
            if not joined:
                break
        if vocabulary and (low in NOT_NAMES or low in _NOT_WHAT_ONE_IS) and not (count == 0 and low == "coach"):
            break
        count += 1
        end = position = stop
        while position < length and (seen[position] in " \t" or (seen[position] == "&" and count)):
            position += 1
        if seen[end : end + 5].casefold() in (", jr.", ", sr."):
            end += 5
            break
    while end > first and seen[end - 1] in "-'·":
        end -= 1
    if seen[first:end].casefold().endswith("'s") and _MINE.match(seen, end):
        end -= 2
    return (first, end) if end > first and count else None


_MINE = re.compile(r"\s+(?:my|the) name\b|\s+here\b", re.IGNORECASE)


def _couple(seen: str, position: int, length: int) -> bool:
    """Whether one capitalised word and nothing else follows: "Tom and Sarah"."""
    rest = seen[position:length].strip(" .!")
    return rest.isalpha() and rest[:1].isupper() and rest.casefold() not in NOT_NAMES


def _token_end(seen: str, start: int, length: int) -> int:
    position = start
    while position < length:
        character = seen[position]
        kind = unicodedata.category(character)
        if kind[0] in "LM" or kind == "Nd":
            position += 1
            continue
        if character in _STYLED and position > start and seen[position + 1 : position + 2].isalnum():
            position += 1
            continue
        if character not in _JOINING or position == start:
            break
        following = unicodedata.category(seen[position + 1])[0] if position + 1 < length else ""
        if character == ".":
            part = seen[start:position].rpartition(".")[2].casefold()
            if not (len(part) == 1 or part in _DOTTED):
                break
        elif character in "'-·" and following not in ("L", "N"):
            break
        position += 1
    return position
