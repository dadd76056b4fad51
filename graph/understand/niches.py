"""What a coach coaches: one of KLIQ's four niches, and the specialty within it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from avery.domain import Niche
from graph.understand.smalltalk import trimmed, wish, yes_no
from graph.understand.text import fold, is_empty, is_rubbish, sentences, shorten, tidy, words

LONGEST_SAID = 100
LONGEST_SPECIALTY = 200


@dataclass(frozen=True, slots=True)
class NicheFound:
    """`value` is the niche, `said` the coach's own words for it; not `sure` means: nearest, ask before it is kept."""

    value: Niche
    said: str
    sure: bool


_SURE: dict[Niche, str] = {
    Niche.FITNESS: (
        "fitness 4|pt|pts|strong 2|stronger 2|lean 2|pole 2|personal training|personal trainer|personal trainers|strength|conditioning|hiit|gym|gyms|crossfit|bodybuilding|bodybuilder|weight loss|fat loss"
        "|weightlifting|weight lifting|powerlifting|lifting|workout|workouts|exercise|exercises|running|marathon|triathlon|ironman|cycling|spin|spinning|bootcamp|boot"
        " camp|cardio|calisthenics|athletic|athletics|athlete 2|athletes 2|sport 3|sports 3|sports performance|boxing|kickboxing|mma|martial arts|martial art|karate|judo|jiu jitsu|bjj|muay"
        " thai|taekwondo|swimming|football|soccer|basketball|tennis|rugby|golf|cricket|netball|hockey|volleyball|gymnastics|dance fitness|zumba|kettlebell|kettlebells|barre|hyrox|physique|muscle"
        "|muscles|glutes|abs|shred|get fit|getting fit|keep fit|keeping fit|fit 2|trainer 1|training 1|aerobics|aqua aerobics|climbing|bouldering|rowing|parkour|mobility|functional training|sprint|sprinting|5k|10k|couch to 5k|body"
        " transformation|transformation 1|bodyweight|toning|tone up|pole fitness|pole dancing|skiing|surfing|padel|squash|badminton|rehab 2|physio|physiotherapy|physiotherapist|sports massage|postnatal fitness|active ageing|strongman|olympic lifting"
    ),
    Niche.WELLNESS: (
        "wellness 4|mental fitness 5|medition|medatation|yoag|yogo|ioga|йога|يوغا|瑜伽|ヨガ|요가|wellbeing|well being|yoga|yogi|vinyasa|hatha|ashtanga|yin|pilates|reformer|mindfulness|meditation|meditate|meditations|breathwork|breath work|breathing|reiki|holistic|mental health|anxiety|stress|burnout 3|sleep"
        "|nutrition|nutritionist|dietitian|dietician|diet|diets|gut health|menopause|perimenopause|hormone|hormones|women's health|womens health|self care|selfcare|self love|healing|healer|energy healing|sound bath|sound baths|sound"
        " healing|spiritual|spirituality|astrology|tarot|ayurveda|ayurvedic|qigong|qi gong|tai chi|therapy|therapist|counselling|counselor|counsellor|counseling|hypnotherapy|hypnosis|acupuncture|massage|aromatherapy|herbalism|naturopath|naturopathy|health 3|health coach 4|health coaching 4|healthy 2|healthy eating|calm 2|relaxation"
        "|prenatal|postnatal|pregnancy|fertility|doula|hypnobirthing|grief|trauma|recovery 2|sobriety|sober|addiction|chronic pain|back pain|eating disorder|eating disorders|intuitive eating|plant based|vegan|fasting|journaling|emotional|eft|cbt|nervous system|somatic|somatics|stretching 2|alexander technique|nlp 2|cold water|wim hof|autism|adhd|mindful|inner peace|chakra|chakras|crystals|face yoga|biohacking|longevity"
    ),
    Niche.BUSINESS: (
        "business 4|accountant|accountants|accountancy|bookkeeping|brand|brands|strategist|financial fitness 5|financial wellness 5|financial freedom 5|get clients|more clients|clients online|scale 2|businesses 3|executive|executives|exec|execs|career|careers|leadership|leaders|leader|entrepreneur|entrepreneurs|entrepreneurship|startup|startups|start ups|founder|founders|marketing|sales|selling 2|finance|financial|money|investing|investment|trading|forex|crypto"
        "|property|real estate|accounting|tax|management|managers|manager|productivity|time management|public speaking|presentation|presentations|interview|interviews|cv|cvs|resume|job|jobs|job search|job hunting|linkedin|branding|personal branding|personal brand|freelance|freelancing|freelancers|side hustle|ecommerce|e commerce|amazon fba|dropshipping"
        "|consulting|consultant 2|consultancy|corporate|ceo|ceos|cfo|team building|teams 2|negotiation|small business 4|small businesses 4|business coach 6|business coaching 6|business mentor 6|startup coach 6|executive coach 6|executive coaching 6|career coach 6|career coaching 6|leadership coach 6|sales coach 6|copywriting|seo|digital marketing|agile|scrum|project management|hr|recruitment|wealth|budgeting|debt|passive income|scaling 2|grow your business 4|agency|agencies|professional development|networking|communication skills|women in business|work life balance 2|promotion 2|pitching|fundraising|strategy 2"
    ),
    Niche.LIFESTYLE: (
        "lifestyle 4|e sports 5|esports 4|travel|travelling|traveling|traveller|vlogger|vlogging|vlog|vlogs|fashion|style|styling|stylist|beauty|makeup|make up|skincare|skin care|hair|haircare|nails|influencer|influencers|creator|creators|content creator|content creators|content creation|ugc|photography|photographer|videography|filmmaking|video editing|cooking|cookery|chef|baking|recipes"
        "|food|foodie|home decor|interior design|interiors|decluttering|organising|organizing|parenting|parent 2|parents 2|motherhood|mum life|mum 1|mums 1|moms 1|family|families|relationship|relationships|dating|marriage|love 1|wedding|weddings|art|artist|painting|drawing|illustration|music|singing|guitar|piano|drums|dj|djing|producer|music production|crafts|crafting|knitting|crochet|sewing|gardening|plants|minimalism|sustainable living|sustainability|sustainable|zero waste|van life|vanlife|gaming|gamer|streaming|streamer|twitch"
        "|youtuber|tiktoker|podcast|podcasting|podcaster|writing 2|author|acting|actor|comedy|magic|books|bookish|film|movies|cars|luxury|diy|hobby|hobbies|dance 3|dancing 3|salsa|ballet|hip hop|modelling|modeling|social media|instagram growth|day in my life|pets|image consultant 4|confidence 2|manifestation 2|homeschooling|home education|calligraphy|pottery|ceramics|nomad|digital nomad 4|expat|wine|cocktails|coffee|barista"
    ),
}
_NEAR: dict[Niche, str] = {
    Niche.FITNESS: "sword swordsmanship swordplay fighting fight fencing archery horse riding equestrian skate skating skateboarding surf ski snowboarding sailing diving freediving darts wrestling self-defence defence defense ball movement"
    " body physical active outdoor outdoors hiking walking race racing riding kayaking paddleboarding military army acrobatics circus trapeze juggling fishing hunting shooting bowls snooker chess-boxing",
    Niche.WELLNESS: "mind soul mindset energy peace balance life-purpose dream dreams psychology psychic medium witchcraft faith prayer church religion religious bible quran christian islamic nursing nurse medical doctor medicine dental elderly dementia"
    " autism disability neurodiversity self-esteem happiness resilience emotions habit habits death dying feng shui herbs bach mushrooms foraging",
    Niche.BUSINESS: "maths math mathematics science physics chemistry biology english spanish french german italian mandarin chinese japanese arabic language languages exam exams exams tutor tutoring gcse coding code programming"
    " python javascript software engineering data excel ai technology tech computer computers law legal politics study studying education university academic chess economics history geography policy construction plumbing electrician web design ux aviation flying pilot driving",
    Niche.LIFESTYLE: "life dog dogs cat cats pet puppy puppies animal animals horse horses bee bees beekeeping bird birds home house garden farm farming craft wood woodwork woodworking carpentry leather metal lego model poetry"
    " poet story stories reading theatre drama voice medieval history antiques collecting vintage camping bushcraft survival origami tea kids children baby babies teens teenagers confidence friendship",
}
_LIFE = frozenset({"life coach", "life coaching", "life coaches", "mindset coach", "mindset coaching", "mindset"})


def _weighted(table: dict[Niche, str]) -> dict[str, tuple[Niche, float]]:
    weights: dict[str, tuple[Niche, float]] = {}
    for niche_value, text in table.items():
        for entry in text.split("|"):
            *phrase, last = entry.replace("'", "").split()
            weight, phrase = (float(last), phrase) if last.isdigit() else (3.0, [*phrase, last])
            weights[" ".join(phrase)] = (niche_value, weight)
    return weights


_WEIGHTS = _weighted(_SURE)
_HINTS = {word: niche_value for niche_value, text in _NEAR.items() for word in text.split()}


def _without_one(word: str) -> set[str]:
    return {word[:index] + word[index + 1 :] for index in range(1, len(word))}


_MISSPELT: dict[str, str] = {}
for _word in _WEIGHTS:
    if len(_word) >= 6 and " " not in _word:
        for _piece in _without_one(_word):
            _MISSPELT.setdefault(_piece, _word)

_BUTTONS = {
    **{member.value: member for member in Niche},
    "fitness training": Niche.FITNESS,
    "fitness and training": Niche.FITNESS,
    "wellness mindfulness": Niche.WELLNESS,
    "wellness and mindfulness": Niche.WELLNESS,
    "business executive": Niche.BUSINESS,
    "business and executive": Niche.BUSINESS,
    "lifestyle creator": Niche.LIFESTYLE,
    "lifestyle and creator": Niche.LIFESTYLE,
}
_CUE = re.compile(
    r"\b(?:teach|teaching|coach|coaching|train|training|trainer|instructor|lessons?|classes|tutor|tutoring|mentor|mentoring|workshops?|i help|specialise|specialize|i do|i run|i make|i offer|my niche is|i work (?:in|with))\b"
)
_LEAD = re.compile(
    r"^(?:\s*(?:hi|hey|hello|so|well|um+|erm?|oh|ok|okay|yes|yeah|sure|actually|basically|honestly|probably|mainly|mostly|maybe|just|i guess|i think|i suppose|i'd say(?: that)?|let's say|it's|its|it is|that's|that would be|that'd be|definitely|idk|i don't know|i dont know|not sure(?: but| really)?|what about|how about|about|kind of|sort of|currently|at the moment)\b[\s,:.!-]*){0,4}"
    r"(?:(?:(?:i|we) (?:am|work as|am working as|trained as)|i'm|im|we're)\s+(?:(?:basically|actually|mainly|just|a qualified|an?|the|currently|into|in|all about|qualified as an?|certified in|a certified)\s+){0,3}"
    r"|(?:i|we) (?:(?:mainly|mostly|basically|actually|usually|also|just|really|only|currently|normally|do|love to|like to|want to|would like to|specifically) ){0,2}"
    r"(?:teach|coach|train|do|offer|run|sell|make|practise|practice|provide|speciali[sz]e in|focus (?:more )?on|work (?:in|on|with)|concentrate on|am into|host|deliver|cover|instruct|tutor)\s+(?:people (?:in|on|how to|to) |mainly |mostly )?"
    r"|(?:teaching|coaching|training people in|doing)\s+(?=\w)"
    r"|what (?:i|we) (?:really |mostly |mainly |actually )?(?:do|teach|offer|coach|specialise in)(?: is|:)\s+(?:to )?|(?:i|we) love (?=helping|teaching|working|coaching)"
    r"|my (?:main |real |actual )?(?:niche|speciali?ty|speciality|focus|field|area|expertise|thing|passion|subject|work|job|coaching|business|sessions|classes)(?: of expertise)?(?:'s| is| are| would be|:)?\s*(?:is |in |on |about |around |probably |mainly )*"
    r"|(?:change|set|update|switch|correct) (?:my |the )?(?:niche|speciali?ty|speciality|focus)(?: to|:)\s*"
    r"|(?:speciali[sz]ing|speciali[sz]e|focus(?:sing|ing|ed)?|mainly|mostly) (?:in|on)\s+"
    r")?",
    re.IGNORECASE,
)
_TRAIL = re.compile(
    r"(?:[\s,]+(?:please|pls|thanks|thank you|thx|lol|haha|really|i guess|i think|i suppose|mainly|mostly|basically|actually|instead|tbh|mate|avery|x{1,3}))*[\s.,;:!…-]*$",
    re.IGNORECASE,
)
_AFTER_YES_NO = frozenset(
    "i thanks thank not its it im ive id please thats that dont need have specialty speciality really just but idea way problem ok".split()
)
_WISHING = re.compile(
    r"^(?:i|we) (?:just |really )?(?:want|need|would like|wanna) (?:to )?(?:make|sell|earn|set|start|grow|build|launch|get paid|have|create|know|ask|see|a|an|my|some|more)\b"
)
_COMMAND = re.compile(
    r"^(?:set up|connect|publish|delete|show|open|change|share|write|take|schedule|upload|use|link|disconnect)\b"
)
_NOT_A_SUBJECT = frozenset(
    "coach coaches coaching teacher teaching teach instructor mentor mentoring classes class lessons online sessions training do im ive id its we option number hmm hm um uh er erm ah oh lol haha hello avery idk dunno none nothing other others something else all both everything anything any either neither unsure dont know not"
    " sure whatever various test testing na same above these them it this that those one first second third last"
    " n really people stuff things thing bit lots of the a an i you me my we us".split()
)
_ANSWERLESS = re.compile(
    r"^(?:not |im (?:fed up|lost|confused|stuck|new|here)\b|(?:i|we) (?:dont|do not|havent|have not|cant|cannot|wouldnt|am not|didnt|never|wont|will not)|not sure|no idea|dont|none of|something else|somewhere else|i have no|im lost|im confused|this is|it is|its (?:complicated|hard|difficult|private|personal|none|not)|(?:can|could|would|will) you|give me|tell me|show me|let me|(?:what|how|when|where)(?! to\b| i (?:do|teach|offer)\b)|why(?! we\b)|who(?! you are\b)|which|is (?:it|this|that|there)|are (?:you|there|they)|do (?:i|you|we)|does|should i|can i|may i|just (?:skip|stop))\b"
)


def _is_answerless(text: str, folded: str) -> bool:
    """Whether the text is no answer to "what do you coach?" at all."""
    if is_empty(text) or is_rubbish(folded) or folded.rstrip().endswith("?"):
        return True
    if wish(text) is not None:
        return True
    found = words(folded)
    if _ANSWERLESS.match(" ".join(found)):
        return True
    return (
        len(found) <= 6
        and yes_no(text) is not None
        and ((len(found) <= 2 and found[-1] not in _WEIGHTS) or found[1] in _AFTER_YES_NO)
    )


_EDGES = " .,;:!?\"'-…"


def clean_subject(text: str, most: int) -> str:
    """The coach's own words without "I teach", "it's" and politeness; at most `most` characters."""
    said = _TRAIL.sub("", tidy(text)[: 4 * most])
    led = _LEAD.match(said)
    rest = said[led.end() :] if led else said
    return shorten(rest.strip(_EDGES) or said.strip(_EDGES), most)


def niche(text: str) -> NicheFound | None:
    """The niche that an answer to "what kind of coaching do you do?" names, or None where it names no subject."""
    folded = fold(text)
    found = words(folded)[:400]
    phrase = " ".join(found)
    if phrase in _BUTTONS:
        return NicheFound(_BUTTONS[phrase], tidy(text), True)
    if pictured := _pictured(text, found):
        return pictured
    if is_empty(text) or wish(text) is not None or _WISHING.match(phrase):
        return None
    found = words(_SEPARATOR.sub(" and ", folded))[:400]
    scores, strongest, first = _scores(found)
    asks = folded.rstrip().endswith("?") and not re.match(
        r"^\W*(?:how about|what about|maybe|is that|would that be|does that count)\b", folded
    )
    asks = (
        asks
        and len(found) > 2
        and bool(
            re.match(r"^\W*(?:what|how|why|when|where|who|which|can|could|do|does|is|are|will|would|should)\b", folded)
        )
    )
    if scores and not asks:
        best = max(scores, key=lambda value: (scores[value], -first[value]))
        if strongest[best] >= 2:
            sure = not (" ".join(trimmed(found)) in _LIFE or _life_only(phrase, strongest[best]))
            return NicheFound(best, clean_subject(_telling(text), LONGEST_SAID), sure)
    if _is_answerless(text, folded) or _COMMAND.match(phrase):
        return None
    core = [word for word in trimmed(found) if word not in _NOT_A_SUBJECT]
    said = clean_subject(_telling(text), LONGEST_SAID)
    if not core or not said or is_rubbish(fold(said)):
        return None
    if len(found) > 6 and not _CUE.search(phrase):
        return None
    return NicheFound(_nearest(core, scores), said, False)


_SEPARATOR = re.compile(r"[&,/+;.!:]|\bor\b")
_EMOJI: dict[str, Niche] = {
    **dict.fromkeys("💪🏋🏃🚴🥊🤸🏊⚽🏀🎾", Niche.FITNESS),
    **dict.fromkeys("🧘🕉🌿💆", Niche.WELLNESS),
    **dict.fromkeys("💼📈👔", Niche.BUSINESS),
    **dict.fromkeys("✈👗💄📸🎨🍳🎸", Niche.LIFESTYLE),
}


def _pictured(text: str, found: list[str]) -> NicheFound | None:
    """A niche that is said with an emoji alone."""
    value = None if found else next((_EMOJI[character] for character in text[:50] if character in _EMOJI), None)
    return NicheFound(value, tidy(text)[:LONGEST_SAID], True) if value else None


def _telling(text: str) -> str:
    """The sentence that tells most of the subject: the first with a known word, else the first."""
    parts = sentences(text)
    if len(parts) <= 1:
        return text
    for part in parts:
        if _scores(words(fold(part))[:200])[0]:
            return part
    return next((part for part in parts if wish(part) is None), parts[0])


def _life_only(phrase: str, weight: float) -> bool:
    return "life coach" in phrase and weight < 3


def _scores(found: list[str]) -> tuple[dict[Niche, float], dict[Niche, float], dict[Niche, int]]:
    """Each niche's score, its heaviest word and where it was first named.

    What follows "for", "who" or "help" is the audience and weighs little; of two words in a row the last is the head.
    """
    scores: dict[Niche, float] = {}
    strongest: dict[Niche, float] = {}
    first: dict[Niche, int] = {}
    index, share, quiet, helped, before = 0, 1.0, -1, -1, -9
    while index < len(found):
        word = found[index]
        following = found[index + 1] if index + 1 < len(found) else ""
        if word in {"for", "who", "whose", "to"} and index and following not in _BECOMING:
            share = 0.3
        elif word in _BECOMING:
            share = 1.2
        elif word in {"and", "but", "also"} and share < 1:
            share = 0.4
        if word in {"help", "helping", "helped", "support", "supporting"}:
            helped = index + 4
        if word in {
            "not",
            "isnt",
            "never",
            "no",
            "arent",
            "without",
            "left",
            "quit",
            "former",
            "formerly",
            "ex",
            "used",
        }:
            quiet = index + (1 if word == "ex" else 5 if word == "used" else 3)
        if (
            word in {"but", "more", "just", "and", "now", "to", "become"}
            and quiet >= index
            and not (word == "to" and quiet == index + 4)
        ):
            quiet = -1
        for size in range(min(3, len(found) - index), 0, -1):
            hit = _WEIGHTS.get(" ".join(found[index : index + size]))
            if hit is None and size == 1:
                hit = _misspelt(word)
            if hit is not None:
                if index > quiet:
                    value, weight = hit
                    head = 0.5 if before == index - 1 else 0
                    lessened = 0.3 if index <= helped and found[index + size - 1] in _HELPED else share
                    scores[value] = scores.get(value, 0) + (weight + head) * lessened
                    before = index + size - 1
                    strongest[value] = max(strongest.get(value, 0), weight)
                    first.setdefault(value, index)
                index += size - 1
                break
        index += 1
    return scores, strongest, first


_BECOMING = frozenset("become becoming be teach teaching".split())
_HELPED = frozenset(
    "pts trainers teachers coaches leaders founders entrepreneurs executives creators influencers artists athletes authors mums moms parents studios owners instructors therapists".split()
)


def _misspelt(word: str) -> tuple[Niche, float] | None:
    """A known word with one letter missing, doubled, wrong or swapped; its first letter holds."""
    if not 5 <= len(word) <= 16 or not word.isascii():
        return None
    if word in _HINTS:
        return None
    right = _MISSPELT.get(word)
    if right is None:
        for piece in _without_one(word):
            if piece in _WEIGHTS and len(piece) >= 6:
                right = piece
                break
            if len(word) >= 6 and (near := _MISSPELT.get(piece)) and len(near) == len(word) and _one_apart(word, near):
                right = near
                break
    return _WEIGHTS[right] if right else None


def _one_apart(word: str, right: str) -> bool:
    differing = [index for index in range(len(word)) if word[index] != right[index]]
    if len(differing) == 1:
        return len(word) >= 7
    return (
        len(differing) == 2
        and differing[1] == differing[0] + 1
        and word[differing[0]] == right[differing[1]]
        and word[differing[1]] == right[differing[0]]
    )


def _nearest(core: list[str], scores: dict[Niche, float]) -> Niche:
    votes = dict(scores)
    for position, word in enumerate(core):
        if hint := _HINTS.get(word) or _HINTS.get(word.removesuffix("s")):
            votes[hint] = votes.get(hint, 0) + 1.5 + position / 100
    return max(votes, key=lambda value: votes[value]) if votes else Niche.LIFESTYLE


_HELPING = re.compile(
    r"^(?:\W|\b(?:hi|hey|so|well|yes|yeah|basically|actually|mainly|mostly|just|i guess|i think|i'd say|what (?:i|we) do is)\b)*(?:(?:i|we) )?(?:(?:mainly|mostly|basically|really|love to|like to|also|usually) )?(?:help|support|guide|empower|inspire)\s+(?!with\b)(?=\w)",
    re.IGNORECASE,
)


def specialty(text: str) -> str | None:
    """An answer to "what's your specialty?" as said, without the lead-in, or None where it answers nothing.

    At most LONGEST_SPECIALTY characters.
    """
    folded = fold(text)
    if _is_answerless(text, folded):
        return None
    found = trimmed(words(folded))
    if not found or set(found) <= _NOT_A_SUBJECT - {"everything", "all", "anything", "various"} or is_rubbish(folded):
        return None
    said = tidy(text)
    if len(said) > LONGEST_SPECIALTY:
        said = next((part for part in sentences(text) if len(part) > 12 and wish(part) is None), said)
    if helping := _HELPING.match(said):
        verb = helping[0].split()[-1].casefold()
        verb = {"guide": "guiding", "inspire": "inspiring"}.get(verb, verb + "ing")
        return shorten(f"{verb} {_TRAIL.sub('', said[helping.end() :])}", LONGEST_SPECIALTY)
    return clean_subject(said, LONGEST_SPECIALTY) or None
