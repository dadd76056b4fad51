"""The wishes that a coach may utter at any moment, whatever question stands open."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from graph.understand.names import name
from graph.understand.niches import clean_subject, niche
from graph.understand.prices import price
from graph.understand.questions import is_question, topic
from graph.understand.smalltalk import wish, words
from graph.understand.text import TYPOS, is_empty, sentences, shorten, tidy
from graph.understand.times import WHEN_SAID


@dataclass(frozen=True, slots=True)
class Intent:
    """A wish. `value` is what it is about, as said (None: the coach did not say); `second` another one in the same message."""

    kind: str
    value: str | None = None
    second: Intent | None = None


KINDS = frozenset(
    "skip back help where next greeting thanks confused analytics competitors delete_blog write_blog regenerate_blog publish template"
    " live_session stripe share connect disconnect change_name change_price change_niche change_specialty change_tone rewrite_bio"
    " own_bio photo goto question human restart stop".split()
)
_SMALL = frozenset("skip back help where next greeting thanks confused restart stop human".split())
_LONGEST_VALUE = 300
_LONGEST_BIO = 4_000

_PLATFORMS = {
    "instagram": "instagram",
    "insta": "instagram",
    "ig": "instagram",
    "gram": "instagram",
    "tiktok": "tiktok",
    "tik tok": "tiktok",
    "tt": "tiktok",
    "youtube": "youtube",
    "you tube": "youtube",
    "yt": "youtube",
    "facebook": "facebook",
    "fb": "facebook",
    "whatsapp": "whatsapp",
    "whats app": "whatsapp",
    "twitter": "twitter",
    "x": "twitter",
    "linkedin": "linkedin",
    "linked in": "linkedin",
    "email": "email",
    "pinterest": "pinterest",
    "snapchat": "snapchat",
    "threads": "threads",
    "telegram": "telegram",
    "google": "youtube",
    "messenger": "messenger",
    "newsletter": "email",
}
_PLATFORM = r"(?P<platform>instagram|insta|ig|the gram|tik ?tok|tt|you ?tube|yt|facebook|fb|whats ?app|twitter|linked ?in|email|pinterest|snapchat|threads|telegram|google)"
_SOCIALS = r"(?:socials?|social media|social accounts?|accounts?|social channels?|channels?)"
_BLOGS = r"(?:blog ?posts?|blogs?|posts?|articles?|drafts?|stories|pieces?)"
_ASK = r"(?:^|\b(?:please|pls|can|could|would|will|may|might|you|we|to|want|wanna|need|like|let'?s|lets|just|then|and|i'll|i'd|i|now|also|ok|okay|yes|actually|but|so|or|should|gonna|avery|no|hey|hi)[\s,]+|[.!?,;:-]\s*)"


def _re(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_ASKS = _re(
    r"\W*(?:(?:so|and|but|ok|okay|well|hi|hey|hello|um|also|sorry|avery|wait)\W+)*(?:how|what|what'?s|why|when|where|who|which|does|do (?:i|you|we|they|people|my|coaches)|did|is|are|should|am|has|have (?:you|i|we|they)"
    r"|(?:will|would) (?!you\b|it be ok|u\b))\b(?! about)"
)
_DELETE_ACCOUNT = _re(
    r"\b(?:delete|remove|close|deactivate|erase|cancel|get rid of|wipe)\b[^.?!]{0,25}?\b(?:account|everything about me|my data|all my data|my details|my information|my subscription|my store|membership)\b"
)
_DELETE = _re(
    _ASK
    + r"(?:delete|remove|get rid of|bin|trash|scrap|ditch|drop|take down|erase|lose|chuck|unpublish|discard|throw (?:away|out)|dump)\s+(?P<which>(?:the|that|this|my|all|both|every|a|one|an)?\s*[^.?!;]{0,120}?)\s*(?P<noun>\b"
    + _BLOGS
    + r")\b(?P<about>[^.?!;]{0,120})"
)
_DELETE_ORDINAL = _re(
    _ASK
    + r"(?:delete|remove|get rid of|bin|trash|scrap|ditch|take down|discard)\s+(?:the\s+)?(?P<which>first|second|third|fourth|fifth|last|latest|newest|oldest|1st|2nd|3rd|4th|middle|bottom|top|number (?:\d{1,2}|one|two|three)|#?\d{1,2}(?!\d))(?:\s+one)?\b"
)
_DELETE_TITLE = _re(
    _ASK + r"(?:delete|remove|get rid of|bin|scrap)\s+(?:the one called |the )?\"(?P<which>[^\"]{2,120})\""
)
_DELETE_IT = _re(
    r"^(?:\W|\b(?:please|can you|could you|just|yes|ok|actually|no)\b)*(?:delete|remove|bin|trash|scrap|get rid of)\s+(?P<which>it|this|that|them|these|those|this one|that one|all|all of them|them all|one)(?: please| one)?\W*$"
)
_WRITE = _re(
    _ASK
    + r"(?:write|create|draft|generate|make|do|give|produce|compose|prepare|have|knock up|whip up)\s+(?:me |us |up |out )?(?P<count>a|an|one|another|some|two|three|the|more|my|\d|a few|a new|new|a couple(?: of)?)?\s*(?:new |short |quick |specific |first |more |little |long |custom |other |extra )*"
    + r"(?P<noun>blog ?posts?|blogs?|articles?|post(?!s? (?:to share|for (?:instagram|facebook|tiktok|social)))s?|piece|pieces|one|ones)\b(?P<rest>.*)"
)
_WRITE_ABOUT = _re(
    _ASK + r"(?:write|blog)(?:\s+(?:me|something|another|one|more|some))*\s+(?:about|on)\s+(?P<topic>.+)"
)
_ABOUT_ALONE = _re(
    r"^(?:\W|\b(?:yes|yeah|ok|okay|maybe|please|just|go ahead and|go on then|sure|i'd like|i want|how about|what about|do|can you|let'?s have)\b)*(?:(?:one|something|them|some|three)?\s*\b(?:about|on)\s+(?P<topic>[^.?!]{2,200})|write(?: (?:them|three|3|some|it|away|all|all three|all of them))?(?: please| for me| then| now)?)\W*$"
)
_NEW_BLOG = _re(
    r"(?:^|\bi (?:want|need|would like)|\bi'd like|\bhow about|\bwhat about)\s*(?:an?|another|one more)?\s*(?:new )?(?:blog|blog ?post|article)(?: post)?\s*(?:[:\-]|about|on|called|titled|entitled|covering)\s*(?P<topic>.+)"
)
_ABOUT = _re(
    r"^\s*(?:that (?:is|talks?) )?(?:about|on|called|titled|entitled|covering|explaining|regarding|around|to do with|for|with the title|named|discussing|[:\-])\s+(?P<topic>.+)$|^\s*[:\-]\s*(?P<topic2>.+)$|^\s*(?P<topic3>how to .+|why .+|what .+)$"
)
_REGENERATE = _re(
    r"\b(?:re-?generate|re-?write|redo|re-?do|re-?draft|rework|revise|re-?create|refresh|replace|improve|rephrase|reword|change|edit|tweak)\b\s*(?P<which>[^.?!;]{0,60}?)\s*\b(?:"
    + _BLOGS
    + r")\b(?P<about>[^.?!;]{0,60})"
    r"|\b(?P<more>different|new|other|better|fresh|alternative|another set of|another batch of|some more|more)\s+(?:blog )?(?:blogs|posts|articles|blog posts|drafts|ideas|topics)\b"
    r"|\b(?:don'?t|do not|didn'?t|not) (?:really |actually |much )?(?:like|love|keen on|happy with|want)\s+(?P<disliked>[^.?!;]{0,40}?)\s*\b"
    + _BLOGS
    + r"\b"
    r"|\b(?P<bad>(?:the|this|that|these|those|my) (?:\w+ )?)"
    + _BLOGS
    + r" (?:is|are|was|were|sounds?|reads?|looks?|feels?) (?:all |a bit |so |too |really |very |quite |not |pretty |kind of )*(?:rubbish|boring|bad|wrong|terrible|awful|long|short|dull|generic|great|good|right|crap|meh|poor|weak|robotic|formal|bland)\b"
    r"|\bmake (?P<made>[^.?!;]{0,30}?)\b"
    + _BLOGS
    + r"(?P<number> \d)? (?:a bit |a little |much |more )?(?:shorter|longer|better|simpler|funnier|snappier|punchier|punchy|interesting|detailed|different|concise|engaging)\b"
)
_THEY_BORE = _re(
    r"^\W*(?:they|these|those|it)(?:'re| are|'s| is| all)? (?:all |so |too |a bit |really |very |not )*(?:boring|rubbish|bad|wrong|terrible|awful|long|short|dull|generic|crap|meh|good|great|right)\W*$(?<!re good)(?<!re great)(?<!s good)(?<!s great)"
)
_CHANGE_ONE = _re(
    r"\b(?:change|redo|re-?write|replace|re-?do|regenerate|edit|fix) (?:the )?(?P<which>first|second|third|last|others?|rest|number \d|\d)\b(?: one)?|\b(?:the )?(?P<bad>first|second|third|last|number \d)\b(?: one)? (?:is|isn'?t) (?:wrong|bad|boring|rubbish|not (?:good|right|great))"
)
_PRAISED = _re(r"\b(?:is|are|looks?|sounds?|reads?) (?:all |so |really |very |quite |pretty )*(?:great|good|right)\b")
_AGAIN = _re(
    r"^(?:\W|\b(?:please|pls|can|could|you|we|i|just|ok|okay|no|nah|hmm|actually|let'?s|want|to|like|would|i'd|that'?s not it|not great|not good|meh)\b)*"
    r"(?:try (?:it |that )?(?:again|another|once more|something (?:else|different)|a different one)|re-?generate|re-?write|redo|re-?do|do (?:it|them|that|these|those) (?:again|over)|do over|again|(?:an)?other (?:one|version|try|go|set|batch|option)|(?:a )?different (?:one|ones|version|topics?)|something (?:else|different)|(?:give|show|get) me (?:another|a different|a new|different|new|some other|some more|other|something)(?: one| ones| version| options| set)?|new (?:one|ones|version|topics?)|have another go|one more (?:time|try)|have another (?:try|crack)|start (?:it|them) again|retry|rework|others?|more options)"
    r"(?:\s+(?P<which>it|this|that|them|these|those|all|all of them|the (?:first|second|third|last)(?: one)?|(?:the )?(?:first|second|third|last) one|(?:number )?\d|the (?:others?|rest)|one|ones|again|please|for me|completely|thanks|pls|from scratch|number (?:\d|one|two|three)))*\W*$"
)
_DISLIKE = _re(
    r"^(?:\W|\b(?:no|hmm|sorry|actually|honestly|but|well)\b)*(?:i )?(?:don'?t|do not|didn'?t|hate|not (?:keen on|happy with|a fan of)|i'm not (?:keen on|happy with|a fan of))\s*(?:really |actually |much )?(?:like |love )?(?:any of )?(?P<which>it|this|that|them|these|those|the (?:first|second|third|last)(?: one)?|(?:this|that) one)\W*(?:much|at all|really|sorry)?\W*$"
)
_PUBLISH = _re(
    _ASK
    + r"(?:publish|post|release|put|push|make|take|send|get)\s+(?P<which>(?:them|it|this|that|these|those|all|both|the|my|everything|every|blogs?|posts?|drafts?|one|first|second|third|last|two|three|of|all of them|number|\d|now|and|articles?|up|live|public|out|rest|others?)(?:\s+(?:them|it|this|these|those|all|both|the|my|everything|blogs?|posts?|drafts?|one|ones|first|second|third|last|two|three|of|number|\d|now|and|articles?|up|live|public|out|rest|others?|please|for me|to my store|to the store|on my store|thanks|then|straight away|yes))*)\W*$"
)
_PUBLISH_BARE = _re(
    r"^(?:\W|\b(?:yes|yeah|yep|ok|okay|please|pls|just|go ahead and|great|perfect|can you|could you|let'?s|i want to|looks good|love it|love them|now|and|then)\b)*publish(?: now| please| away|(?P<all> all)| away please| straight away)?(?: please)?\W*$"
)
_TEMPLATE = _re(
    r"\b(?:change|switch|update|pick|choose|use|try|apply|want|like|have|customi[sz]e|set|different|another|new|custom|other|see|show|get|make|need|prefer|edit|tweak|redo|swap|alternative|more|i'd|love|is there|are there|own)\b[^.?!]{0,40}?\b(?P<noun>templates?|theme|themes|look and feel|colou?rs?(?: scheme)?|colou?r palette|layout|fonts?|design|designs|branding|background|appearance|style of (?:my|the) (?:store|page|site)|look of (?:my|the|it))\b(?P<rest>[^.?!]{0,80})"
    r"|\bmake (?:it|my store|the store|my page|the page|my site|everything) (?:look )?(?:a (?:bit|little) )?(?:more )?(?P<look>darker|lighter|brighter|bolder|minimal|minimalist|minimalistic|colou?rful|modern|pink|purple|blue|green|black|white|red|orange|yellow|pastel|elegant|clean|cleaner|prettier|dark|light|bold|bright|nicer)\b"
    r"|\b(?:can|could) (?:it|the (?:store|page|site)) (?:be|look) (?:a (?:bit|little) )?(?:more )?(?P<be>darker|lighter|brighter|bolder|minimal|modern|pink|purple|blue|green|black|white|red|orange|colou?rful|prettier|cleaner)\b|\b(?:different|another|new) (?:look|style|vibe|feel)\b(?! (?:at|for))"
    r"|\b(?:don'?t|do not) like (?:the|this|that|my) (?P<disliked>template|theme|look|colou?rs?|design|layout)\b"
    r"|^(?:the )?(?P<bare>[a-z]+) (?:theme|template)\W*$"
)
_TEMPLATE_TO = _re(
    r"^\s*(?:to|called|named|with|in|that'?s|:)\s+(?:be |a |an |the |something |more |use )*(?P<value>[^.?!,]{2,60})"
)
_TEMPLATE_WORDS = frozenset(
    "id a an the my different another new other custom some any theme template look of one use try apply change pick choose want like have can could you i we to please switch update set is there see show get make me for your which more need would i'd prefer edit tweak redo swap".split()
)
_LIVE_NOUN = r"(?:live\s*(?:session|class|workout|stream|event|call|q\s?(?:&|and)\s?a|workshop|webinar|lesson|chat|training|show|one)s?|livestreams?|(?:group |zoom )?(?:class|session|workshop|webinar|masterclass|livestream)(?: live)?)"
_LIVE = _re(
    _ASK
    + r"(?:schedule|book|set up|setup|plan|arrange|organi[sz]e|host|run|do|add|create|hold|have|put in|start|make|move|reschedule|go)\b(?: me)?\s+(?:in |my |a |an |the |another |one |first |next |new |quick |free |\w+ )*?"
    + _LIVE_NOUN
    + r"\b"
    r"|^(?:\W|\b(?:please|can|could|you|i|want|to|would|like|i'd|let'?s|need|and|also)\b)*(?:schedule|book)\b(?P<bare>[^.?!]{2,80})|\b(?:schedule|book|plan|arrange|reschedule)\b.{0,60}\blive\b|\blive (?:session|class|workout|stream) (?:on|at|for|tomorrow|next|this|tonight|today)\b"
)
_GO_LIVE = _re(r"\b(?:go|going) live\b")
_CANCEL_LIVE = _re(r"\b(?:cancel|delete|remove)\b.{0,30}\blive\b")
_STRIPE = _re(
    _ASK
    + r"(?:set up|setup|connect|link|add|sort(?: out)?|do|start|open|configure|create|enter|put in|finish|enable|turn on|update|change)\s+(?:\w+\s+){0,3}?(?:stripe|payments?|payouts?|bank(?: account| details)?|billing|paypal|payment (?:method|details|account))\b"
    r"|^(?:\W|\b(?:i|want|to|let'?s|can|we|please|do|the|my|need|would|like|i'd)\b)*(?:stripe|payments?|payouts?|payment setup|stripe setup|get paid|getting paid|take payments|accept payments|start getting paid|collect payments|receive payments|bank details)(?: please| now| first| stuff| setup| set up)?\W*$"
)
_SHARE = _re(
    _ASK
    + r"(?:share|promote|advertise|tell people about|spread the word|announce|shout about|post about)\b(?!\s+(?:more|my (?:thoughts|story|experience|experiences|knowledge|passion|expertise|journey|tips|recipes|love)|with you|your)\b)(?P<rest>[^.?!]{0,80})"
    r"|\b(?:share|sharing|promo|promotional|launch|announcement) (?:link|post|posts|text|texts|caption|captions|message|content|copy)\b(?P<rest2>[^.?!]{0,60})"
    r"|\b(?:captions?|announcement)\b.{0,20}\b(?:for|on)\b(?P<rest3>[^.?!]{0,40})"
    r"|\bpost (?:it |this |that |them |about it |one )?(?:on|to|in) (?:my )?(?:the )?(?:instagram|insta|ig|facebook|fb|linkedin|tiktok|twitter|whatsapp|youtube|socials?|social media)\b(?P<rest6>)|\btell (?:all )?my (?:followers|audience|people|clients|community|friends)\b(?P<rest7>)|\b(?:instagram|insta|facebook|linkedin|tiktok|twitter|whatsapp|email) (?:message|post|caption|story|tweet|text|status)\b(?P<rest8>)|\b(?:a|some|another|the) captions?\b(?P<rest9>)"
    r"|\b(?:give|send|get|what'?s|copy|show|have) (?:me |us )?(?:my|the) (?:store |shop |page |site )?(?:link|url|address)\b(?P<rest4>)"
    r"|\b(?:write|make|create|draft|give) (?:me )?(?:a|an|the|some|another)?\s*(?:social (?:media )?)?(?:posts? (?:to share|for)|(?:instagram|insta|tiktok|facebook|linkedin|twitter|whatsapp|youtube|social(?: media)?) (?:post|caption|story|message|tweet))\b(?P<rest5>[^.?!]{0,40})"
)
_SHARED = _re(
    r"^(?:\W|\b(?:yes|ok|okay|done|just|already|now|there|i|i've|i have|have|ive)\b)*(?:shared(?: it| my store| the link)?|posted it|i shared it)(?: now| already| today| just now)?\W*$"
)
_CONNECT = _re(
    _ASK
    + r"(?:re-?connect|connect|link|add|hook up|hookup|sync|import from|log in(?: to)?|login(?: to| with)?|sign in(?: to| with)?|attach|integrate|pull (?:in )?from|use|try|authori[sz]e|join)\s+(?:up |with |to |my |the |from |in |via |posts from my |posts from |content from my |content from |it to |a |both |again )*"
    + _PLATFORM
    + r"\b"
    r"|^(?:\W|\b(?:let'?s|do|try|go|with|my|the|i|want|use|have|mostly|mainly|only|on|am|i'm|just|prefer|please|yes|yeah|ok|okay|maybe|i'd|say|pick|choose|retry|again|use|post|am on|got|a|an)\b)*"
    + _PLATFORM.replace("platform", "bare")
    + r"(?: please| account| again| first| one| instead| then| pls| thanks| is (?:fine|good|best)|\s+(?:mostly|mainly|and|or|,|&)\b.*)?\W*$"
)
_CONNECT_ANY = _re(
    _ASK
    + r"(?:re-?connect|connect|link|add|sync|hook up)\s+(?:up )?(?:my |the |all |some |our |a |all my |more )*"
    + _SOCIALS
    + r"\b"
)
_DISCONNECT = _re(
    r"\b(?:disconnect|unlink|unconnect|de-?link|revoke|log out of|sign out of|unsync|(?:remove|delete|take off) (?:my |the )?(?=instagram|insta|ig|tik ?tok|you ?tube|yt|facebook|social (?:account|media|connection)))\b[^.?!]{0,30}?(?:"
    + _PLATFORM
    + r"\b|(?P<any>"
    + _SOCIALS
    + r"|it|everything|them))|\b(?:disconnect|unlink)\W*$"
)
_TONES: dict[str, str] = {
    word: tone
    for tone, text in {
        "casual": "casual informal relaxed friendly friendlier chatty chattier conversational laid-back laidback fun funny funnier playful warm warmer approachable down-to-earth light-hearted lighthearted cheeky human natural personal chilled easygoing breezy humorous witty less-formal",
        "professional": "professional formal serious polished corporate businesslike business-like business-y authoritative expert sophisticated academic grown-up proper smart smarter credible elegant",
        "motivational": "motivational motivating inspiring inspirational uplifting energetic energising energizing punchy punchier hype hyped enthusiastic powerful empowering exciting bold bolder upbeat passionate encouraging dynamic lively pumped positive high-energy",
        "calm": "calm calmer calming gentle gentler soft softer soothing zen peaceful mellow quiet quieter serene relaxing tranquil slower",
    }.items()
    for word in text.split()
}
_TONE_WORD = (
    r"(?P<tone>"
    + "|".join(sorted((re.escape(word).replace(r"\-", "[- ]") for word in _TONES), key=len, reverse=True))
    + r")"
)
_TONE = _re(
    r"\b(?:make|sound|sounds|be|write|rewrite|keep|turn|need|want|prefer|like|change|set|more|less|bit|little|too|switch|go|have|something|much|tone|try|use|come across|talk|speak)\b(?:\s+(?:it|the|my|this|that|them|a|bit|little|more|less|too|sound|sounding|be|in|to|something|slightly|much|way|lot|so|tone|bio|blog|blogs|posts?|style|voice|of|everything|really|me|as|and|go|with|come|across|far|even|with)){0,8}\s+(?:and )?"
    + _TONE_WORD
    + r"\b"
    r"|\btone\b[^.?!]{0,30}?\b"
    + _TONE_WORD.replace("<tone>", "<tone2>")
    + r"\b|\b"
    + _TONE_WORD.replace("<tone>", "<tone3>")
    + r"\s+(?:tone|voice|style|vibe|please)\b|^(?:less|more|too|a bit|much|a little)\s+(?:more |less |too )?"
    + _TONE_WORD.replace("<tone>", "<tone4>")
    + r"\b"
)
_TONE_ALONE = _re(
    r"^(?:\W|\b(?:please|a|bit|more|make|it|something|i'd|like|go|with|the|ok|okay|maybe|i|think|prefer|tone|and|let'?s)\b)*"
    + _TONE_WORD
    + r"(?: please| one| tone| sounds good)?\W*$"
)
_TONE_PLAIN = _re(
    r"\b(?P<down>tone (?:it|this|that) down)\b|\b(?:too|less|so|very|bit|sounds?) (?:salesy|pushy|cheesy|robotic|stiff|ai|corporate|wordy|like (?:a robot|ai|chatgpt|a machine|an advert))\b|\bmore like (?:me|myself|how i (?:talk|speak))\b"
)
_LOOKS = _re(r"\b(?:templates?|themes?|colou?rs?|fonts?|designs?|background)\b")
_LESS = _re(r"\b(?:less|too|not so|not as|not)\s+(?:\w+\s+)?$")
_OPPOSITE = {"professional": "casual", "casual": "professional", "motivational": "calm", "calm": "motivational"}
_BIO = r"(?:bio|biography|about me|about section|intro|profile text|description)"
_OWN_BIO = _re(
    r"^(?:\W|\b(?:ok|okay|yes|no|sure|well|actually|hi|hey|please|let'?s)\b)*(?:(?:(?:here'?s|here is|this is|use this(?: as| for)?|use the following(?: as| for)?|i(?:'d| would) like this(?: as| for)?|set|use|change|update|paste|make|put|save)\s+)?(?:my|the|this|as|for|own|new|your)?\s*(?:my|the|own|new)?\s*(?:own |new )?"
    + _BIO
    + r"(?:\s+(?:to|is|should be|should say|as|with))?\s*(?P<mark>[:\-]|\bis\b|\bto\b|\bsay\b|\bbe\b|(?=\"))|use (?:this|mine|my own|this one)(?: instead)?\s*[:\-]|how about this\s*[:\-]|this one\s*[:\-])\s*(?P<value>\S.+)$"
)
_OWN_BIO_BARE = _re(
    r"\b(?:write|use|type|do|add|have|paste|got|provide|make|enter)\b[^.?!]{0,12}\b(?:my own|one already|(?:it|one) myself|my existing|one i (?:have|wrote|made|like))\b(?: "
    + _BIO
    + r")?|\bmy own (?:bio|words|version)\b|\bi already have (?:a |one|my )?"
    + _BIO
    + r"?\b"
)
_REWRITE_BIO = _re(
    r"\b(?:re-?write|redo|re-?do|re-?generate|change|edit|update|improve|tweak|fix|rework|rephrase|reword|revise|different|new|another|better|shorter|longer|alternative|don'?t like|hate|try|shorten|lengthen|make|write|draft|create|generate|give me|do)\b(?:\s+(?:me|a|an|the|my|this|that|another|again|new|different|better|shorter|longer|whole|entire|of|bit|more|version|up|out)){0,5}\s+"
    + _BIO
    + r"\b(?P<rest>[^.?!]{0,60})"
)
_IT_SHORTER = _re(
    r"^(?:\W|\b(?:please|can|could|you|just|ok|now|a|bit|little|much|make|it|them|all|that|this|be)\b)*(?:shorter|longer|simpler|snappier|punchier|funnier|more concise)(?: please)?\W*$"
)
_BIO_BAD = _re(
    r"\b"
    + _BIO
    + r" (?:is|'s|isn'?t|sounds?|looks?|reads?|feels?) (?:a bit |so |too |really |very |quite |all |not |pretty )*(?:boring|wrong|bad|rubbish|terrible|awful|long|short|dull|generic|right|great|good|me|out of date|old|crap|meh|robotic|bland)\b(?<!bio is good)(?<!bio is great)(?<!bio is right)"
)
_MANNER = _re(
    r"\b(?P<manner>shorter|longer|simpler|shorten|lengthen|funnier|snappier|punchier|more detail(?:ed)?|less wordy|first person|third person|more concise|concise|briefer|brief)\b"
)
_PHOTO = _re(
    r"\b(?:photo|picture|pic|pics|photos|image|headshot|selfie|avatar|profile (?:pic|photo|picture|image)|dp|pfp|logo|icon)\b"
)
_PHOTO_SOCIAL = _re(
    r"\b(?:use|take|grab|pull|get|import|copy|same|from|with|like)\b[^.?!]{0,40}\b(?:instagram|insta|ig|tik ?tok|you ?tube|yt|social|socials|profile)\b|\b(?:instagram|insta|ig|tik ?tok|you ?tube|yt|social) (?:one|photo|pic|picture|image|profile (?:pic|photo|picture|image))\b"
)
_PHOTO_INITIALS = _re(r"\binitials?\b|\bmonogram\b|\bletters?\b(?= (?:instead|logo|avatar))")
_PHOTO_UPLOAD = _re(
    r"\b(?:upload|uploading|send|attach|add|from my (?:phone|computer|laptop|device|camera|gallery|files)|have (?:a|one|my own)|new one|take a (?:photo|selfie|picture)|choose (?:a )?file|my own|browse|selfie|camera|take one)\b"
)
_PHOTO_VERB = _re(
    r"\b(?:change|update|upload|set|add|new|different|another|swap|replace|use|edit|remove|send|pick|choose|want|redo|put|have)\b"
)
_ANALYTICS = _re(
    r"\bhow(?:'?s| is| are|'?re| am)? (?:i|we|my (?:store|shop|page|business|blogs?|posts?|numbers|sales|stats|site)|things|am i|is my (?:store|shop|page|business)|are my (?:blogs|posts|sales|numbers))(?: am| are)? (?:doing|performing|getting on|going|looking|progressing)\b"
    r"|\bhow am i (?:doing|getting on|performing|looking|progressing)\b|\bhow('?s| is) (?:it|business|my store|my shop|my page) (?:doing|performing|looking)\b"
    r"|\b(?:my|the|see|show|check|view|any|get|me|some|store|open)\s+(?:me )?(?:my |the |some |latest |store |any )*(?:stats|analytics|numbers|metrics|statistics|insights|performance|dashboard|revenue|earnings|sales|visitor numbers|traffic|mrr|figures)\b|^\W*(?:stats|analytics|metrics|insights|statistics|performance|dashboard|numbers|earnings|revenue)\W*(?:please)?\W*$"
    r"|\bhow (?:many|much) (?:subscribers?|subs|visitors?|visits|views|followers|sales|members|people|sign ?ups|clicks|money)\b[^.?!]{0,20}\b(?:do i have|have i|i have|i've|so far|did i|visited|viewed|signed up|subscribed|have joined|joined|i got|i made|made|have seen|am i|i earned|earned)\b"
)
_COMPETITORS = _re(
    r"\b(?:what|how much|how|which)\b[^.?!]{0,30}?\b(?:others?|other (?:\w+ ){0,3}(?:coaches|people|trainers|teachers|instructors|creators|businesses|pts?|experts|studios)|competitors?|(?:most|similar|comparable|successful|top|the best|everyone|everybody) ?(?:\w+ ){0,2}(?:coaches|people|trainers|teachers|instructors|creators|else)?|everyone else|people like me|coaches|yoga teachers|personal trainers|the competition|my rivals|rivals|anyone else|peers)\b[^.?!]{0,40}?\b(?:charg(?:e|ing|es)|pric(?:e|ing|es)|ask(?:ing)?|pay(?:ing)?|cost|earn(?:ing)?|mak(?:e|ing)|sell(?:ing)?|set|do for price|doing for price)\b"
    r"|\bcompetitors?'?s? ?(?:pric\w+|rates?|charges?|fees?|subscriptions?)?\b|\bcompetition\b|\b(?:going|market|average|typical|usual|normal|standard) (?:rate|price|pricing|fee|cost|charge|prices|rates)\b|\bbenchmarks?\b|\b(?:price|pricing) (?:of|for|compared|comparison|vs)\b[^.?!]{0,30}\b(?:others?|similar|coaches)\b|\bwhat(?:'?s| is| does| do) \w+(?: \w+)? charge\b|\bcompare (?:my )?(?:price|pricing)\b|\bwhat'?s everyone(?: else)? charging\b|\b(?:peloton|patreon|kajabi|mindvalley|onlyfans|trainerize|teachable|substack)\b[^.?!]{0,30}\b(?:charg|pric|cost)\w*"
)
_CHANGE = r"(?:change|update|switch|set|correct|edit|fix|amend|rename|modify|alter|swap|move|adjust)"
_CHANGE_NAME = _re(
    r"\bactually,? (?:it'?s|call me|my name'?s?|i'?m called|i go by)\b|\bcall me\b|\b"
    + _CHANGE
    + r" (?:(?:my|the) (?:\w+ )?)?name\b|\brename me\b|\bmy (?:\w+ )?name(?:'s| is| isn'?t|s)\b|\bname is (?:actually|wrong|spelled|spelt)\b|\bgot my name wrong\b|\bi go by\b|\bi prefer to be called\b|\bthat'?s not my name\b|\b(?:spelled|spelt) my name\b|\bnot my name\b|\bwrong name\b|\bdifferent name\b"
)
_CHANGE_NICHE = _re(
    r"\b"
    + _CHANGE
    + r" (?:my |the )?(?:niche|coaching (?:type|niche|area)|category|field|kind of coaching|type of coaching)\b(?:\s*(?:to|from \w+ to|into|:)\s*(?P<value>.+))?|\bmy niche (?:is|should be|isn'?t)\s+(?:actually |really |wrong|now |not \w+,? (?:it'?s|but) )*(?P<value2>.*)|\b(?:i'?m|i am) (?:actually|really) (?:an? |in )?(?P<value3>\w+(?: \w+)? (?:coach|trainer|teacher|instructor))\b|\bactually,? (?:i'?m an?|i (?:teach|coach|do)|it'?s more)\s+(?P<value4>[^.?!]+)|\b(?:switch|move|change|put) me (?:over )?(?:to|into|in|as|under)\s+(?P<value5>[^.?!]+)|\bmore of an?\s+(?P<value6>[^.?!]+)|\bchanged my mind,? i(?:'m an?| do| teach| coach)\s+(?P<value7>[^.?!]+)|\bwrong niche\b|\bdifferent niche\b"
)
_CHANGE_SPECIALTY = _re(
    r"\b"
    + _CHANGE
    + r" (?:my |the )?(?:specialty|speciality|specialism|focus|specialisation|specialization|expertise)\b(?:\s*(?:to|into|:)\s*(?P<value>.+))?|\bmy (?:specialty|speciality|specialism) (?:is|should be|isn'?t)\s*(?:actually |really |wrong|now )*(?P<value2>.*)|\b(?:i )?(?:actually )?(?:speciali[sz]e) in\s+(?P<value3>[^.?!]+)"
)
_CHANGE_PRICE = _re(
    r"\b(?:make (?:it|that|the price|my price|them)|"
    + _CHANGE
    + r"|charge|price|pricing|thinking|raise|lower|increase|decrease|reduce|drop|bump|put|how about|what about|let'?s (?:say|do|go (?:with|for))|go (?:with|for)|i'?d (?:say|like|go)|subscription|instead|actually|cost|costs|rather|prefer|maybe|do)\b"
)
_MONEY = _re(
    r"[£€$₹¥]\s*\d|\d\s*[£€₹]|\b\d[\d.,]*\s*(?:pounds?|quid|euros?|dollars?|bucks?|gbp|usd|eur|p(?:er)? ?(?:month|/m|mo\b)|/ ?mo(?:nth)?\b|a month|per month|pm\b)|\b(?:quid|tenner|fiver|bucks|pounds)\b|\b(?:gbp|usd|eur) ?\d"
)
_FREE = _re(
    r"\b(?:make|keep) (?:it|the store|my store|everything|the subscription|my subscription|the price) (?:totally |completely )?free\b|\bfree of charge\b"
)
_OTHERS = _re(
    r"\b(?:everyone|everybody|others|they|people|competitors?|other coaches|my gym|he|she|most (?:people|coaches)) (?:\w+ )?(?:charges?|charging|asks?|costs?|pays?)\b(?![^.?!]*\b(?:i'd|i'll|make|me|mine|so|let'?s)\b)"
)
_PRICE_WISH = _re(
    r"\b(?:"
    + _CHANGE
    + r"|raise|lower|increase|decrease|reduce|drop|bump)\b[^.?!]{0,20}\b(?:price|pricing|subscription|cost|rate|fee)s?\b|\b(?:too (?:expensive|cheap|high|low|pricey))\b"
)
_HUMAN = _re(
    r"\b(?:speak|talk|chat|contact|connect me|get (?:hold|in touch)|reach|put me through|get through|email|phone|call|ring|message)\b[^.?!]{0,20}\b(?:human|person|someone|somebody|real person|agent|support|customer (?:service|support)|team|manager|representative|operator|advisor|kliq)\b|\b(?:need|want|get me|is there) an? (?:actual |real |live )?(?:human|person|agent|operator|representative|manager)\b"
)
_RESTART = _re(
    r"\b(?:start (?:all )?over|start (?:the whole thing |everything |it all |all )?(?:again )?from (?:scratch|the (?:start|beginning|top))|restart (?:everything|the (?:whole )?(?:setup|onboarding|conversation|chat|process))|reset (?:everything|my (?:setup|progress|onboarding)|the (?:chat|conversation))|begin (?:all )?over|start everything again|go back to the (?:very )?(?:start|beginning))\b"
)
_WHERE = _re(
    r"\b(?:where (?:were|was|are|did) (?:we|i) (?:up to|at|again|get(?: up)? to|leave (?:it|off|things)|left off|stop)?|what (?:were|was) (?:we|i|you) (?:doing|talking about|asking|saying|on about|up to|meant to (?:do|be doing)|supposed to do)|what(?:'?s| was| is) (?:the|your|that) (?:last )?question|what did (?:you|we) (?:ask|say|just (?:ask|say)|do)|remind me (?:where|what)|what have (?:we|i) (?:done|got|finished|completed)|what('?s| is| else is| do (?:i|we) (?:still )?(?:have|need)) left(?: to do)?|how (?:far|much (?:is|more)|many (?:steps|questions|more))\b[^.?!]{0,20}\b(?:left|to go|along|through|remain(?:ing)?)|what step)\b|\blost track\b|\bi forgot what\b|\bi(?:'?ve| have) forgotten what\b"
)
_NEXT = _re(
    r"\bwhat(?:'?s| is| should (?:i|we) do| do (?:i|we) do| shall we do| can (?:i|we) do| happens| comes| now| do i need to do) (?:next|now|then|after (?:this|that))\b|\b(?:let'?s|can we|shall we|please|happy to|ready to|want to) (?:continue|carry on|keep going|move on|proceed|go on|get on with it|get going|get started|start|begin|crack on|resume|pick up)\b"
)
_BACK = _re(
    r"\bi(?:'ve| have)? ?made a (?:typo|mistake)\b|\b(?:change|edit|fix|correct) my (?:last |previous |first )?answers?\b|^(?:\W|\b(?:please|pls|can|could|may|i|we|you|let'?s|want|to|need|would|like|i'd|just|wait|no|oops|sorry|actually|hang on|hold on|take|me|us)\b)*(?:go(?:ing)? back|undo|back up|return|step back|go to the previous|revert|take (?:that|it) back)(?: (?:to|a|the|one|step|that|it|this|my|last|previous|question|answer|thing|please|again|change|steps|two|bit|first|one|page|screen|now|and|change|pls))*\W*$"
)
_CONFUSED = _re(
    r"\b(?:this|it|that|everything|all this|the whole thing|setup|this app|this thing|the (?:setup|process|page|site)) ?(?:is|'?s|are|seems?|feels?|looks?|has got|gets?|got) (?:all |just |really |so |too |very |a bit |bit |getting |a little |quite |super |way too |far too |getting too |pretty |kind of |such |very very |really really |totally |unnecessarily |incredibly )*(?:confusing|complicated|complex|hard|difficult|frustrating|annoying|overwhelming|much|stupid|rubbish|useless|terrible|awful|a nightmare|a mess|long|long-winded|tedious|painful|unclear|a faff|faffy|ridiculous|crap|shit|horrible|boring|stressful|a waste of time|tricky|doing my head in|driving me (?:mad|crazy|nuts)|slow|broken|a pain)\b"
    r"|\b(?:i'?m|i am|im|i feel|i'?m feeling|i'?m getting|you'?ve got me|i got|i get|i'?ve got) (?:all |just |really |so |too |very |a bit |bit |getting |a little |quite |super |totally |completely |still |pretty |kind of |very |feeling |absolutely |utterly |a tad |even more |more |so so )*(?:confused|lost|stuck|frustrated|overwhelmed|annoyed|fed up|baffled|bewildered|struggling|muddled|irritated|angry|bored|stressed|losing (?:patience|the will)|clueless)\b(?! (?:in|with my (?:clients|students)|women|people|mums))"
    r"|\bi (?:really |still |just |honestly |literally )*(?:don'?t|do not|didn'?t|can'?t|cannot) (?:really |quite |actually )*(?:understand|get (?:it|this|what|how|why|any)|follow|know (?:what (?:you|this|that|to (?:do|say|put|write|type|choose|pick))|how to (?:answer|do this)|where to (?:start|click)))\b"
    r"|\b(?:makes?|making) no sense\b|\b(?:doesn'?t|don'?t|not) mak(?:e|ing) (?:any )?sense\b|\bdoing my head in\b|\bdriving me (?:mad|crazy|nuts|up the wall)\b|\bwaste of (?:my )?time\b|\bthis (?:sucks|stinks)\b|\bi hate (?:this|it|you|doing this|tech(?:nology)?|computers)\b|\b(?:want|ready|going) to give up\b|\bwhat (?:on earth|the (?:hell|heck|fuck))\b|\b(?:isn'?t|not|doesn'?t|won'?t|never) work(?:ing|s)?\b|\bgoing round in circles\b|\bover my head\b|\b(?:it|that|this)(?: just)? (?:failed|broke|crashed|didn'?t (?:work|load|open|connect|go through))\b|\bnothing happen(?:s|ed)\b|\bpop-?up (?:was |is |got )?blocked\b|\bi? ?can'?t (?:seem to )?(?:connect|log ?in|sign in|upload|get (?:in|it|this|past)|find (?:the|it|my)|do this|see (?:it|the|my))\b|\bi(?:'?m| am) not (?:very )?(?:techy|technical|good (?:with|at) (?:tech|computers|technology|this))\b|\btoo (?:complicated|confusing|difficult|hard|many (?:questions|steps|options))\b|\byou(?:'?re| are) (?:not (?:helping|listening|making sense)|annoying|useless|confusing me)\b"
)
_STOP = _re(
    r"\b(?:i(?:'?ve| have)?(?: got)? (?:have |need |got )?to (?:go|run|leave|dash|head off|pop out|shoot|stop)\b(?! (?:live|back|to|over|through|with))|(?:i'?ll|i will|let me|i'?m going to|can i|can we|i'?d like to|we can) (?:come back|finish|do (?:the rest|this)|continue|carry on|return|pick this up) (?:this |it |to this |to it |the rest )?(?:later|tomorrow|another (?:time|day)|some other time|in a bit|tonight|next week|after (?:work|lunch|dinner))|(?:that'?s|this is) (?:enough|all) for (?:today|now)|(?:let'?s|can we|i want to|please|i need to|i'?d like to) (?:stop|pause|quit|end)\b(?! (?:doing|being|asking|the))|stop (?:messaging|talking|asking|bothering|it|now)|leave me alone|don'?t (?:message|contact|bother) me|no more (?:questions|messages|please))"
)

_PHASES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (phase, _re(r"\b(?:" + pattern + r")\b"))
    for phase, pattern in (
        ("social_connect", r"socials?|social media|social accounts?|connecting|connections?|social connect|accounts?"),
        ("content_import", r"blogs?|blog ?posts?|posts|articles?|content(?: import)?|drafts"),
        ("profile_setup", r"profile(?: setup)?|bio|photo|picture|about me"),
        ("pricing", r"pric(?:e|es|ing)|subscription|money(?: bit| part)?|what i charge"),
        ("launch", r"launch(?:ing)?|sharing|share|go(?:ing)? live|publish my store"),
        ("next_steps", r"next steps|live sessions?|stripe|payments"),
        (
            "discovery",
            r"first (?:question|questions|bit|step|part)|discovery|name|niche|speciali?ty|about (?:myself|my coaching)|basics|beginning|intro",
        ),
    )
)
_GOTO = _re(
    r"^(?:\W|\b(?:ok|okay|yes|no|so|right|now|then|well|actually|please|pls|and|but|first|hey|hi|avery|thanks|great|sure|hang on|wait|sorry)\b)*"
    r"(?:(?:can|could|shall|may|should) (?:we|i|you) |let'?s |lets |i(?:'d| would) (?:like|love|prefer|rather)(?: to)? |i (?:want|need|wanna)(?: to)? |i(?:'ll| will) |take me |bring me |show me |i'm ready (?:to|for) |ready (?:to|for) |how about |what about (?:we )?)?(?:(?:please|just|maybe|now|also|first|then|quickly) )*"
    r"(?:(?:go|get|jump|move|skip|head|come|switch|return|come|take me|bring me|carry)(?: (?:back|over|on|ahead|straight|forward|us|me))*(?: (?:to|with|onto))?|back to|do|redo|set ?up|sort(?: out)?|finish(?: off)?|work on|start(?: with| on)?|look at|continue(?: with)?|revisit|change|edit|update|fix|complete|set|tackle|try|add|crack on with|talk about|discuss|on to|onto|see|decide|choose|pick|import|write|create|build)\s+"
    r"(?P<what>(?:(?:the|my|our|a|some|those|on|with|that|this|whole|to|of|about)\s+)*[\w' ]{2,40}?)(?:\s+(?:please|now|first|next|again|instead|thing|part|bit|step|section|phase|page|stuff|question|then|pls|up|today|later|thanks|back|setup|out|done|sorted))*\W*$"
)
_TO_LAUNCH = _re(
    r"^(?:\W|\b(?:ok|okay|yes|now|please|can|could|we|i|i'm|am|want|to|let'?s|ready|just|would|like|i'd|time|the|and|you|my|it'?s)\b)*(?:launch(?: (?:it|my store|the store|now|my shop))?|go live|publish (?:my|the) (?:store|shop|page|site)|put (?:my|the) (?:store|shop|page|site) live|make (?:my|the) (?:store|shop|page|site) live)(?: now| please| today)?\W*$"
)
_ASKED_IN = {
    "blogs": "content_import",
    "price": "pricing",
    "photo": "profile_setup",
    "live": "next_steps",
    "payouts": "next_steps",
}
_PHASE_ALONE = {
    phrase: phase
    for phase, phrases in {
        "social_connect": "socials|social|social media|my socials|social accounts",
        "content_import": "blogs|blog|the blogs|my blogs|blog posts|content|blogging",
        "profile_setup": "profile|my profile|bio|my bio|profile setup",
        "pricing": "pricing|price|prices|my price|the price|my pricing|subscription",
        "launch": "launch|the launch",
        "next_steps": "next steps",
    }.items()
    for phrase in phrases.split("|")
}
_BIO_LENGTH = 40
"""Characters from which an answer to "what shall your bio say?" is taken for one, unless it begins like a request."""
_REQUEST = _re(
    r"^\W*(?:(?:ok|okay|yes|no|hmm|well|please|pls|actually|sorry|thanks|great|hi|hey|avery|but|and|so|good|nice|love it|perfect|it'?s (?:good|great|fine|nice|ok|okay))\b[\s,.!]*(?:but )?)*"
    r"(?:(?:can|could|would|will|should|may) (?:you|i|we|it)|make|re-?write|redo|change|write|draft|generate|create|try|skip|shorten|give|use|here'?s|my bio|bio|the bio|this bio|add|mention|remove|take out|include|put|delete|publish|connect|let'?s|go|call me|start|stop|help|tone|too|not|more|less|shorter|longer|another|different|something"
    r"|i (?:don'?t|do not|didn'?t|hate|prefer|need (?:it|you|to)|want (?:it|you|something|a|another|to (?:change|skip|write|use|go|talk|speak|see|stop)))|i'?d (?:like|prefer|rather|want)|i would (?:like|prefer|rather)|i'?ll (?:do|write|use|come)|i'?m (?:lost|confused|not sure|not happy|so confused|stuck|done)|i have to go|it'?s|it (?:should|needs|sounds|is|looks|reads|could)|that'?s|that is|this is (?:too|so|not|confusing|wrong|rubbish|hard)|you (?:got|should|said|forgot|missed)|what|how|why|when|where|who)\b"
)
_BIO_AGAIN = _re(
    r"^(?:\W|\b(?:no|hmm|sorry|actually|it'?s|that'?s|this is|a bit|just|well|way|far|much)\b)*(?:not (?:quite |really )?(?:right|me|it|like me|there)|write another(?: one)?|different|something different|too (?P<size>long|short|wordy)|nope?,? try again|not good|boring|rubbish|meh)\W*$"
)
_ACTIONS = frozenset(
    "analytics competitors delete_blog write_blog regenerate_blog publish template live_session stripe share connect disconnect change_name"
    " change_price change_niche change_specialty change_tone rewrite_bio own_bio photo goto human restart".split()
)
_NUMBERS_SAID = _re(
    r"^(?:the|that|this|my|a|an|one of|all (?:of )?(?:the|my)|your|those|these|blog|post|of|me)\b\s*|^\s+"
)


def intent(text: str, asked: str | None = None) -> Intent | None:
    """The wish in a message, or None where it is none (it may then be an answer).

    `asked` names the open question ("name", "niche", "specialty", "photo", "bio", "price", "live", "blogs", "platform",
    "share", "publish"): what would answer it is left to it, and "try again" or "instagram" mean what they mean there.
    """
    if is_empty(text):
        return None
    asked = "blogs" if asked == "publish" else asked
    said = _spelt(tidy(text))
    if kind := wish(text):
        return None if _answers(kind, said, asked) else Intent(*_small(kind, said, asked))
    if asked == "bio" and len(said) >= _BIO_LENGTH and not said.endswith("?") and not _REQUEST.match(said):
        return _own_bio(said, asked)
    parts = [_spelt(part) for part in sentences(text)]
    if len(said) <= 300:
        found = _wish_in(said, asked)
        if found is None and len(parts) > 1:
            found = next(
                (part for part in (_wish_in(part, asked) for part in parts) if part and part.kind != "greeting"), None
            )
        if found is None or found.kind not in _ACTIONS or found.kind == "own_bio":
            return found
        return _with_second(found, said, asked)
    if (own := _OWN_BIO.match(said[:_LONGEST_BIO])) and asked in (None, "bio"):
        return Intent("own_bio", own["value"].strip())
    if asked in {"bio", "specialty"}:
        return None
    told = [
        found
        for part in (parts[:4] + parts[-4:] if len(parts) > 8 else parts)
        if len(part) <= 300 and (found := _wish_in(part, asked))
    ]
    wanted = [found for found in told if found.kind in _ACTIONS]
    if wanted:
        other = next((found for found in wanted[1:] if found.kind != wanted[0].kind), None)
        return replace(wanted[0], second=other)
    return next((found for found in reversed(told) if found.kind in {"question", "confused", "stop"}), None)


def _spelt(said: str) -> str:
    return re.sub(r"[A-Za-z][A-Za-z-]+", lambda word: _RIGHT.get(word[0].casefold(), word[0]), said)


_RIGHT = {typo: right for typo, right in TYPOS.items() if len(typo) > 2 or typo in {"ig", "yt"}}
_RIGHT.pop("causal", None)


def _answers(kind: str, said: str, asked: str | None) -> bool:
    """Whether a phrase that is a wish elsewhere answers the open question."""
    if asked == "name":
        return said.casefold().strip(" .!") in {"ty", "legend", "ta"}
    if asked in {"niche", "specialty"}:
        return said.casefold().strip(" .!") == "skipping"
    if asked == "live":
        return kind == "skip" and "tomorrow" in said.casefold()
    return False


def _small(kind: str, said: str, asked: str | None) -> tuple[str, str | None]:
    if kind == "skip":
        return kind, _phase_in(said)
    return kind, None


_JOINTS = re.compile(
    r"\s*[,;]\s+(?:(?:and|then|but|also)\s+)*|\s+(?:and|then|but|also)\s+(?:(?:also|then|please)\s+)?|(?<=[.!?])\s+"
)


def _with_second(found: Intent, said: str, asked: str | None) -> Intent:
    """The wish with another one that the same message joins to it, in the order in which they were said."""
    pieces = [piece for piece in _JOINTS.split(said) if piece]
    if not 1 < len(pieces) <= 6:
        return found
    wanted = [
        part for piece in pieces if (part := _wish_in(piece, asked)) and part.kind in _ACTIONS - {"own_bio", "goto"}
    ]
    if found.kind not in {part.kind for part in wanted}:
        wanted = [part for part in wanted if found.value is None or part.kind != "template"]
        return replace(found, second=wanted[0]) if wanted and found.value is None else found
    other = next((part for part in wanted if part.kind != wanted[0].kind), None)
    return replace(wanted[0], second=other) if other else found


def _wish_in(said: str, asked: str | None) -> Intent | None:
    if kind := wish(said):
        return None if _answers(kind, said, asked) else Intent(*_small(kind, said, asked))
    for rule in _RULES:
        if found := rule(said, asked):
            return found
    return None


def _platform_of(match: re.Match[str] | None, *groups: str) -> str | None:
    if match is None:
        return None
    for group in groups:
        if said := match.groupdict().get(group):
            return _PLATFORMS.get(" ".join(said.casefold().removeprefix("the ").split())) or _PLATFORMS.get(
                said.casefold().replace(" ", "")
            )
    return None


_ANY_PLATFORM = _re(r"\b" + _PLATFORM + r"\b")


def _phase_in(said: str) -> str | None:
    low = said.casefold()
    return next((phase for phase, pattern in _PHASES if pattern.search(low)), None)


def _topic(value: str | None) -> str | None:
    if value is None:
        return None
    cut = re.sub(
        r"(?:[\s,]+(?:please|pls|thanks|thank you|for me|instead|now|too|as well))*[\s.!?,;:\"'-]*$",
        "",
        value,
        flags=re.IGNORECASE,
    )
    cut = cut.strip(" \"'.:;,-")
    return shorten(cut, _LONGEST_VALUE) or None


def _which(said: str, about: str = "") -> str | None:
    """Which blog is meant: "second", "2", "sleep"; None where it was not said."""
    after = re.sub(
        r"^\s*(?:posts?\b|number\b|no\.?\s|#)*\s*(?:(?:that(?:'s| is)|which is|you wrote)?\s*(?:about|on|called|titled|named|with)\s+)?",
        "",
        about,
        flags=re.IGNORECASE,
    )
    after = re.sub(
        r"^(?:please|pls|for me|again|now|you wrote|thanks|to be|so|and|but|because|in|is|are|more|a bit|it|as|live|into|with|to)\b.*$",
        "",
        after.strip(),
        flags=re.IGNORECASE,
    )
    which = re.sub(
        r"\b(?:title|name|headline|topic|intro|ending|start|end|length|tone) (?:of|on|for)\b",
        "",
        said,
        flags=re.IGNORECASE,
    ).strip()
    for _ in range(4):
        shorter = _NUMBERS_SAID.sub("", which, count=1)
        if shorter == which:
            break
        which = shorter
    which = re.sub(r"\b(?:blog|post|one|of|the|my)\b\s*$", "", which.strip(), flags=re.IGNORECASE).strip()
    if said.strip().casefold().startswith("all") or which.casefold() in {"all", "every", "everything", "both"}:
        return "all"
    if after and not which:
        return _topic(after)
    if which.casefold() in {"", "it", "them", "that", "this", "new", "these", "those", "any", "some", "one"}:
        return _topic(after) if after else None
    return _topic(which)


def _account(said: str, asked: str | None) -> Intent | None:
    return Intent("question", "delete_account") if _DELETE_ACCOUNT.search(said) else None


def _own_bio(said: str, asked: str | None) -> Intent | None:
    if asked not in (None, "bio", "photo") and "bio" not in said.casefold():
        return None
    if (own := _OWN_BIO.match(said)) and not is_question(said) and len(own["value"]) > 12:
        if not (own["mark"] or "").isalpha() or not _TONE_ALONE.match(own["value"]):
            if not re.match(
                r"(?:a (?:bit|little|lot)|more|less|too|be|sound|shorter|longer|not|wrong|boring|fine|good|great|something|good|sounds?)\b",
                own["value"],
                re.IGNORECASE,
            ):
                return Intent("own_bio", own["value"].strip().strip('"'))
    if _OWN_BIO_BARE.search(said) and (asked == "bio" or "bio" in said.casefold()) and len(said) <= 80:
        return Intent("own_bio")
    return None


def _human(said: str, asked: str | None) -> Intent | None:
    if asked in {"specialty", "niche", "bio", "name"} and not (
        is_question(said) or re.search(r"\b(?:human|agent|support|real person)\b", said, re.IGNORECASE)
    ):
        return None
    return Intent("human") if _HUMAN.search(said) and len(said) <= 160 else None


def _competitors(said: str, asked: str | None) -> Intent | None:
    if asked in {"niche", "specialty", "bio", "name"} and not is_question(said):
        return None
    return Intent("competitors") if _COMPETITORS.search(said) else None


def _analytics(said: str, asked: str | None) -> Intent | None:
    if asked in {"niche", "specialty", "bio"} and not is_question(said) and len(said) > 25:
        return None
    return Intent("analytics") if _ANALYTICS.search(said) else None


def _change_name(said: str, asked: str | None) -> Intent | None:
    if asked == "name" or not _CHANGE_NAME.search(said):
        return None
    found = name(said)
    clear = re.search(r"\b(?:name|rename|wrong)\b", said, re.IGNORECASE)
    return (
        Intent("change_name", found)
        if found or (clear and not is_question(said)) or (clear and "change" in said.casefold())
        else None
    )


def _change_specialty(said: str, asked: str | None) -> Intent | None:
    if asked in {"specialty", "niche"} or not (match := _CHANGE_SPECIALTY.search(said)):
        return None
    value = match["value"] or match["value2"] or match["value3"]
    return Intent("change_specialty", clean_subject(value, 200) if value else None)


def _change_niche(said: str, asked: str | None) -> Intent | None:
    if (
        asked == "niche"
        or (asked == "specialty" and "niche" not in said.casefold())
        or not (match := _CHANGE_NICHE.search(said))
    ):
        return None
    loose = next((match[group] for group in ("value3", "value4", "value5", "value6", "value7") if match[group]), None)
    value = match["value"] or match["value2"] or loose
    if loose and ((found := niche(loose)) is None or not found.sure):
        return None
    return Intent("change_niche", clean_subject(value, 100) if value else None)


def _disconnect(said: str, asked: str | None) -> Intent | None:
    if (match := _DISCONNECT.search(said)) and not (is_question(said) and _ASKS.match(said)):
        return Intent("disconnect", _platform_of(match, "platform"))
    return None


def _stripe(said: str, asked: str | None) -> Intent | None:
    asking = _ASKS.match(said)
    return Intent("stripe") if not asking and _STRIPE.search(said) else None


def _live(said: str, asked: str | None) -> Intent | None:
    if _ASKS.match(said) or asked in {"specialty", "niche", "bio"}:
        return None
    if _CANCEL_LIVE.search(said):
        return Intent("question", "live_sessions")
    if (
        asked != "live"
        and re.match(r"\W*(?:can|could|may) i\b", said, re.IGNORECASE)
        and not WHEN_SAID.search(said.casefold())
    ):
        return None
    if match := _LIVE.search(said):
        if match["bare"] is not None and "live" not in said.casefold():
            return Intent("live_session", said) if asked != "live" and WHEN_SAID.search(said.casefold()) else None
        if re.search(
            r"\blive\b|\b(?:webinar|workshop|masterclass|livestream)\b|\bschedule\b|\bbook\b", said, re.IGNORECASE
        ):
            return (
                None
                if asked == "live" and not re.search(r"\blive\b", said, re.IGNORECASE)
                else Intent("live_session", said)
            )
    if (
        _GO_LIVE.search(said)
        and WHEN_SAID.search(said.casefold())
        and not re.search(r"\b(?:blogs?|posts?|store|drafts?)\b", said, re.IGNORECASE)
    ):
        return Intent("live_session", said)
    return None


def _tone(said: str, asked: str | None) -> Intent | None:
    if asked in {"name", "niche", "specialty"} and not re.search(
        r"\b(?:tone|make (?:it|this|that)|bio|sound)\b", said, re.IGNORECASE
    ):
        return None
    match = _TONE.search(said)
    if match is None and asked in {"bio", "tone"}:
        match = _TONE_ALONE.match(said)
    if match is None and asked in {None, "bio", "blogs", "tone"} and (plain := _TONE_PLAIN.search(said)):
        return Intent("change_tone", "calm" if plain["down"] else "casual")
    if match is None or _ASKS.match(said) or _LOOKS.search(said):
        return None
    if len(said) > 120 and asked == "bio" and "tone" not in said.casefold():
        return None
    group = next(key for key in ("tone", "tone2", "tone3", "tone4") if match.groupdict().get(key))
    word = match[group].casefold()
    tone = _TONES.get(word) or _TONES.get(word.replace(" ", "-"))
    if tone is None:
        return None
    if _LESS.search(said[max(0, match.start(group) - 24) : match.start(group)]):
        tone = _OPPOSITE[tone]
    return Intent("change_tone", tone)


def _template(said: str, asked: str | None) -> Intent | None:
    if asked in {"niche", "specialty", "name", "bio"} and not re.search(
        r"\b(?:template|theme|colou?rs?)\b", said, re.IGNORECASE
    ):
        return None
    if re.search(r"\b(?:niche|blog|post|caption|bio|email) templates?\b", said, re.IGNORECASE) or _ASKS.match(said):
        return None
    if not (match := _TEMPLATE.search(said)):
        return None
    if value := match["look"] or match["bare"] or match["be"]:
        return Intent("template", value)
    if match["rest"] and (to := _TEMPLATE_TO.match(match["rest"])):
        return Intent("template", _topic(re.sub(r"\s+(?:one|theme|template|please|instead)\b.*$", "", to["value"])))
    if match["noun"]:
        before = [word for word in words(said[match.start() : match.start("noun")].casefold())]
        kept = [word for word in before[-3:] if word not in _TEMPLATE_WORDS]
        if "custom" in before[-3:] or "own" in before[-3:]:
            kept = ["custom"]
        return Intent("template", " ".join(kept) or None)
    return Intent("template")


def _photo(said: str, asked: str | None) -> Intent | None:
    pictured = bool(_PHOTO.search(said))
    if asked not in {"photo"} and not pictured:
        return (
            Intent("photo", "initials")
            if asked is None
            and re.search(
                r"^\W*(?:(?:just|please|can you|i'd like) )?(?:use )?(?:my |the )?initials\b", said, re.IGNORECASE
            )
            else None
        )
    if asked in {"niche", "specialty", "name"} and not re.search(
        r"\bmy (?:profile )?(?:photo|picture|pic|headshot)\b", said, re.IGNORECASE
    ):
        return None
    asking = _ASKS.match(said)
    if asking or len(said) > 160:
        return None
    if _PHOTO_INITIALS.search(said):
        return Intent("photo", "initials")
    if re.search(
        r"\bno (?:photo|pic|picture)\b|\bwithout a\b|\b(?:don'?t|do not) (?:really )?(?:have|want|like)\b|\bhaven'?t got\b",
        said,
        re.IGNORECASE,
    ):
        return Intent("skip") if asked == "photo" else None
    if asked == "photo" and re.match(r"\W*(?:from |use )?(?:my |the )?socials?\b", said, re.IGNORECASE):
        return Intent("photo", "social")
    if _PHOTO_SOCIAL.search(said) or (asked == "photo" and _ANY_PLATFORM.search(said)):
        return Intent("photo", "social")
    if _PHOTO_UPLOAD.search(said):
        return Intent("photo", "upload")
    if pictured and _PHOTO_VERB.search(said) and not re.search(r"\bblogs?\b|\bcover\b", said, re.IGNORECASE):
        return Intent("photo")
    return None


def _delete_blog(said: str, asked: str | None) -> Intent | None:
    if is_question(said) and _ASKS.match(said):
        return None
    if asked in {"name", "niche", "specialty"} and not _DELETE.search(said):
        return None
    if match := _DELETE.search(said):
        return Intent("delete_blog", _which(match["which"], match["about"]))
    if match := _DELETE_TITLE.search(said):
        return Intent("delete_blog", _topic(match["which"]))
    if asked in {None, "blogs"} and (match := _DELETE_ORDINAL.search(said)):
        return Intent("delete_blog", _topic(match["which"]))
    if asked == "blogs" and (match := _DELETE_IT.match(said)):
        return Intent("delete_blog", "all" if re.match(r"all|them", match["which"], re.IGNORECASE) else None)
    return None


def _regenerate(said: str, asked: str | None) -> Intent | None:
    if asked in {"name", "niche", "specialty"}:
        return None
    asking = _ASKS.match(said)
    if (
        (match := _REGENERATE.search(said))
        and not asking
        and not (match["which"] and re.search(r"\b(?:price|bio|name|photo)\b", match["which"], re.IGNORECASE))
    ):
        if match["which"] is not None and re.search(r"\bback\b|\bnew\b\s*$", match["which"], re.IGNORECASE) is None:
            return Intent("regenerate_blog", _which(match["which"], match["about"] or ""))
        if match["more"] and not re.search(r"\b(?:write|about)\b", said, re.IGNORECASE):
            return Intent("regenerate_blog")
        if match["disliked"] is not None:
            return Intent("regenerate_blog", _which(match["disliked"]))
        if match["bad"] is not None and not _PRAISED.search(said):
            return Intent("regenerate_blog", _which(match["bad"]))
        if match["made"] is not None:
            return Intent("regenerate_blog", _which(match["made"], match["number"] or ""))
    if asked == "blogs":
        if _IT_SHORTER.match(said) or _BIO_AGAIN.match(said) or _THEY_BORE.match(said):
            return Intent("regenerate_blog")
        if one := _CHANGE_ONE.search(said):
            return Intent("regenerate_blog", _which(one["which"] or one["bad"]))
    again = _AGAIN.match(said) or (_DISLIKE.match(said) if asked in {"blogs", "bio", "share"} else None)
    if again is None:
        return None
    which = again["which"]
    match asked:
        case "bio":
            manner = _MANNER.search(said)
            return Intent("rewrite_bio", manner["manner"] if manner else None)
        case "share":
            return Intent("share")
        case "platform":
            return Intent("connect")
        case "blogs" | None:
            return Intent(
                "regenerate_blog",
                _which(which or "") if which and which.casefold() not in {"please", "again", "for me"} else None,
            )
    return None


def _rewrite_bio(said: str, asked: str | None) -> Intent | None:
    manner = _MANNER.search(said)
    asking = _ASKS.match(said)
    if (
        not asking
        and _REWRITE_BIO.search(said)
        and (asked != "specialty" or "my bio" in said.casefold())
        and len(said) <= 160
    ):
        return Intent("rewrite_bio", manner["manner"].casefold() if manner else None)
    if asked in {"bio", None} and manner and len(said) <= 60 and not asking and (asked or _IT_SHORTER.match(said)):
        return Intent("rewrite_bio", manner["manner"].casefold())
    if asked == "bio" and (again := _BIO_AGAIN.match(said)):
        return Intent(
            "rewrite_bio", {"long": "shorter", "wordy": "shorter", "short": "longer"}.get(again["size"] or "")
        )
    if asked in {"bio", None} and _BIO_BAD.search(said) and len(said) <= 100:
        return Intent("rewrite_bio", manner["manner"].casefold() if manner else None)
    return None


def _write_blog(said: str, asked: str | None) -> Intent | None:
    if asked in {"name", "niche", "specialty"} and not re.search(
        r"\b(?:write|create|draft|generate) (?:me |us )?(?:a|an|another|some)\b", said, re.IGNORECASE
    ):
        return None
    if _ASKS.match(said):
        return None
    if asked == "share" and "blog" not in said.casefold():
        return None
    if asked == "blogs" and (told := _ABOUT_ALONE.match(said)):
        return Intent("write_blog", _topic(told["topic"]) if told["topic"] else None)
    for pattern in (_WRITE, _WRITE_ABOUT, _NEW_BLOG):
        if not (match := pattern.search(said)):
            continue
        groups = match.groupdict()
        if pattern is not _WRITE:
            return Intent("write_blog", _topic(groups["topic"]))
        if groups["noun"].casefold() in {"one", "ones"} and (asked != "blogs" or not _ABOUT.match(groups["rest"])):
            continue
        if (
            re.search(r"\b(?:instagram|tiktok|facebook|linkedin|social|share)\b", groups["rest"], re.IGNORECASE)
            and "blog" not in groups["noun"].casefold()
        ):
            continue
        about = _ABOUT.match(groups["rest"])
        if (
            groups["count"] in ("the", "my")
            and not about
            and not re.search(r"\b(?:write|create|draft|generate)\b", match[0], re.IGNORECASE)
        ):
            continue
        value = (about["topic"] or about["topic2"] or about["topic3"]) if about else None
        if value and re.match(r"(?:me|us|my (?:store|page|site)|this|it|now|the store)\W*$", value, re.IGNORECASE):
            value = None
        return Intent("write_blog", _topic(value))
    return None


def _publish(said: str, asked: str | None) -> Intent | None:
    if bare := _PUBLISH_BARE.match(said):
        return Intent("publish", "all" if bare["all"] else None)
    if not (match := _PUBLISH.search(said)):
        return None
    which = match["which"].casefold()
    verb = match[0].casefold()
    if not re.search(r"\b(?:publish|post|release)\b", verb) and not re.search(r"\b(?:live|public|up|out)\b", which):
        return None
    if asked in {"name", "niche", "specialty", "photo", "share"} and "publish" not in verb:
        return None
    if (is_question(said) and _ASKS.match(said)) or re.search(
        r"\b(?:don'?t|do not|not|never)\b", said[: match.end()], re.IGNORECASE
    ):
        return None
    some = re.findall(r"\b(?:first two|last two|first|second|third|last|rest|\d)\b", which)
    everything = re.search(r"\b(?:all|both|everything|three|every)\b", which)
    return Intent("publish", " and ".join(some) if some else "all" if everything else None)


def _share(said: str, asked: str | None) -> Intent | None:
    platform = _platform_of(_ANY_PLATFORM.search(said), "platform")
    asking = _ASKS.match(said) and not re.match(r"\W*what'?s? .*\b(?:link|url|address)\b", said, re.IGNORECASE)
    if asked in {"niche", "specialty", "bio", "name"}:
        return (
            Intent("share", platform)
            if _SHARE.search(said)
            and re.search(r"\bmy (?:store|shop|page)\b|\blink\b", said, re.IGNORECASE)
            and not asking
            else None
        )
    if asked == "share" and platform and len(said) <= 60 and not asking:
        return Intent("share", platform)
    if asked == "share" and re.match(
        r"\W*(?:just |only |copy |get |give me |my |the |send |yes )*(?:link|url)(?: please| pls)?\W*$",
        said,
        re.IGNORECASE,
    ):
        return Intent("share", "link")
    if asked == "share" and re.match(r"\W*x\W*$", said, re.IGNORECASE):
        return Intent("share", "twitter")
    if asked == "share" and _SHARED.match(said):
        return Intent("share")
    return Intent("share", platform) if not asking and _SHARE.search(said) else None


def _connect(said: str, asked: str | None) -> Intent | None:
    if asked in {"name", "niche", "specialty", "share", "photo"} and not re.search(
        r"\b(?:connect|link)\b", said, re.IGNORECASE
    ):
        return None
    asking = _ASKS.match(said)
    if not asking and asked == "platform" and len(said) <= 80 and (kept := _kept_platform(said)):
        return Intent("connect", kept)
    if asking or _REFUSED.search(said[: _first_platform(said)]):
        if asked == "platform" and not asking:
            return Intent("skip")
        return None
    match = _CONNECT.search(said)
    if match and match["bare"] and asked != "platform":
        match = None
    if match and (platform := _platform_of(match, "platform", "bare")):
        return Intent("connect", platform)
    if asked == "platform":
        platform = _platform_of(_ANY_PLATFORM.search(said), "platform")
        if platform and len(said) <= 80:
            return Intent("connect", platform)
        if _NO_SOCIALS.search(said):
            return Intent("skip")
    if _CONNECT_ANY.search(said) or re.match(r"\W*connect(?: now| please)?\W*$", said, re.IGNORECASE):
        return Intent("connect")
    return None


_NO_SOCIALS = _re(
    r"\b(?:don'?t|do not|haven'?t|not|no|never|none)\b[^.?!]{0,30}\b(?:social|socials|social media|any|them|these|accounts?|either|one|online)\b|^\W*none\b"
)


_REFUSED = _re(r"\b(?:don'?t|do not|no|not|never|haven'?t|without)\b[^.?!,]{0,30}$")


def _kept_platform(said: str) -> str | None:
    """The first platform that is not refused: TikTok in "not instagram, tiktok"."""
    behind = 0
    for match in _ANY_PLATFORM.finditer(said):
        before = re.split(r"\bbut\b", said[behind : match.start()], flags=re.IGNORECASE)[-1]
        if not _REFUSED.search(before):
            return _platform_of(match, "platform")
        behind = match.end()
    return None


def _first_platform(said: str) -> int:
    match = _ANY_PLATFORM.search(said)
    return match.start() if match else len(said)


def _change_price(said: str, asked: str | None) -> Intent | None:
    if re.match(r"\W*(?:how much|how many|what'?s|why|when|who|is|does|are|would|should|do)\b", said, re.IGNORECASE):
        return None
    wanted = bool(_CHANGE_PRICE.search(said))
    money = bool(_MONEY.search(said))
    if asked in {"niche", "specialty", "bio", "name"} and (len(said) > 60 or not wanted):
        return None
    if asked == "price" and not re.search(
        r"\b(?:make (?:it|that)|" + _CHANGE + r"|raise|lower|increase|decrease|reduce|drop|bump)\b", said, re.IGNORECASE
    ):
        return None
    if _OTHERS.search(said):
        return None
    if _FREE.search(said) and not is_question(said):
        return Intent("change_price", said)
    if (wanted and not WHEN_SAID.search(said.casefold())) or money:
        found = price(said)
        if (
            found is not None
            and (money or re.search(r"\b(?:make (?:it|that)|price|pricing|charge|subscription)\b", said, re.IGNORECASE))
            and (wanted or len(said) <= 50)
        ):
            return Intent("change_price", said)
    return None


def _price_goto(said: str, asked: str | None) -> Intent | None:
    if asked in {"price", "niche", "specialty", "bio", "name"} or (
        is_question(said)
        and not re.match(r"\W*(?:can|could) (?:i|we|you) (?:change|lower|raise|reduce|drop)\b", said, re.IGNORECASE)
    ):
        return None
    if re.search(r"\blater\b", said, re.IGNORECASE):
        return None
    return Intent("goto", "pricing") if _PRICE_WISH.search(said) else None


_OWN_WORK = _re(
    r"^\W*(?:(?:i|we) (?:\w+ )?(?:help|teach|coach|work with|want to help|support|guide|love helping|show|train|empower)|helping|teaching|coaching|people|women|men|clients|for people)\b"
)


def _phrases(said: str, asked: str | None) -> Intent | None:
    """Wishes of more words than `wish` knows; not looked for in an answer that tells a story."""
    telling = asked in {"name", "niche", "specialty", "bio"}
    count = len(said.split())
    if telling and (count > 14 or _OWN_WORK.match(said)):
        return None
    for kind, pattern in (("restart", _RESTART), ("where", _WHERE), ("stop", _STOP), ("next", _NEXT), ("back", _BACK)):
        if pattern.search(said) and (not telling or count <= 9):
            return Intent(kind)
    if confused := _CONFUSED.search(said):
        owner = re.search(
            r"\b(?:people|clients?|women|men|mums?|moms?|who|those|students|anyone|coaches|beginners)\b",
            said[: confused.start()],
            re.IGNORECASE,
        )
        if owner is None:
            return Intent("confused")
    return None


def _goto(said: str, asked: str | None) -> Intent | None:
    if asked in {"niche", "specialty"} and not re.search(r"\b(?:go|back|skip|jump|move|let'?s)\b", said, re.IGNORECASE):
        return None
    if (
        asked not in {"name", "niche", "specialty", "bio", "share", "platform"}
        and (phase := _PHASE_ALONE.get(" ".join(words(said.casefold()))))
        and phase != _ASKED_IN.get(asked or "")
    ):
        return Intent("goto", phase)
    if asked != "live" and _TO_LAUNCH.match(said):
        return Intent("goto", "launch")
    if (
        _ASKS.match(said)
        or (is_question(said) and re.search(r"\blater\b|\bhave to\b|\bneed\b", said, re.IGNORECASE))
        or not (match := _GOTO.match(said))
    ):
        return None
    what = match["what"].casefold()
    if (phase := _phase_in(what)) is None or len(words(what)) > 6:
        return None
    if phase == "discovery" and not re.search(r"\b(?:back|go|redo|change|edit|update)\b", said, re.IGNORECASE):
        return None
    return Intent("goto", phase)


def _question(said: str, asked: str | None) -> Intent | None:
    if not is_question(said, asked):
        return None
    if asked == "price" and price(said) is not None:
        return None
    if (
        asked in {"niche", "specialty"}
        and re.match(r"\W*(?:how about|what about|maybe|is|does)\b", said, re.IGNORECASE)
        and (found := niche(said))
        and found.sure
    ):
        return None
    if (
        asked == "live"
        and WHEN_SAID.search(said.casefold())
        and re.match(
            r"\W*(?:how about|what about|can we|could we|can i|shall we|is|would|does|maybe|\w+ (?:at|\d))",
            said,
            re.IGNORECASE,
        )
    ):
        return None
    if asked == "name" and name(said) is not None:
        return None
    about = topic(said)
    if (
        about == "other"
        and asked in {"niche", "specialty", "price", "live"}
        and len(parts := sentences(said)) > 1
        and not is_question(parts[0])
    ):
        return None
    return Intent("question", about)


_RULES: tuple[Callable[[str, str | None], Intent | None], ...] = (
    _account,
    _own_bio,
    _human,
    _competitors,
    _analytics,
    _change_name,
    _disconnect,
    _delete_blog,
    _change_specialty,
    _change_niche,
    _stripe,
    _live,
    _publish,
    _tone,
    _rewrite_bio,
    _template,
    _photo,
    _share,
    _write_blog,
    _regenerate,
    _connect,
    _change_price,
    _goto,
    _price_goto,
    _phrases,
    _question,
)
