"""Messages that are one short phrase: yes, no, skip, back, help, hello, thanks, and the like."""

from __future__ import annotations

import re

from graph.understand.text import fold, words

_LONGEST_PHRASE = 200

_POLITE = frozenset(
    "please avery thanks thank lol haha hehe mate ok okay so well um umm uh hmm hm oh ah and just then actually love hun"
    " bro dude darling really cheers now sorry x xx xxx hey hi yeah yes alright right".split()
)
_WISH = re.compile(
    r"^(?:(?:can|could|may|shall|should|might) (?:i|we|you)|(?:i|we) (?:want|would like|need|have|had|prefer|think|guess"
    r"|just want|really want)(?: to| that)?|id (?:like|prefer|rather|love)(?: to)?|i would rather|im (?:going|gonna|happy)"
    r"(?: to)?|lets|let us|let me|ill|i will|well|we can|you can|i can|is it ok if i|is it ok to|do you mind if i"
    r"|would you mind if i|how about we|why dont we|gonna|wanna|i wanna|im gonna)(?: (?:please|just|maybe|simply|like to))* "
)


def _table(**kinds: str) -> dict[str, str]:
    return {" ".join(phrase.split()): kind for kind, text in kinds.items() for phrase in text.split("|")}


PHRASES = _table(
    skip="skip|skip it|skip this|skip that|skip for now|pass|ill pass|hard pass|later|maybe later|do it later|do this later|do that later|not now|not right"
    " now|not yet|not today|not just yet|another time|some other time|other time|next time|next please|next one|next"
    " question|next step|move on|move along|moving on|leave it|leave it for now|leave that|leave this|leave it for later|i dont want to|dont want"
    " to|i dont wanna|rather not|rather not say|id rather not|id rather not say|prefer not to say|i prefer not to|i dont"
    " want to say|dont want to say|i dont want to tell you|not telling|not interested|no skip|remind me later|ask me"
    " later|ask later|i will later|will do later|maybe another time|maybe next time|maybe tomorrow|come back to it"
    "|come back to this|come back to it later|come back to this later|come back to that later|come back to that"
    "|i cant be bothered|cant be bothered|dont bother|never mind|nevermind|nvm|do without|go without|without"
    "|i havent got one|havent got any|i havent got any",
    back="back|go back|previous|previous step|previous question|undo|undo that|undo it|undo this|step back|take me back"
    "|go back a step|go back one|back please|one step back|back a step|last step|the previous one|the last question"
    "|go back to the last question|go back to the previous question|go back to the previous step|back up|revert|revert that|i made a mistake|wrong"
    " button|i clicked the wrong button|i pressed the wrong button|oops|oops wrong one|oops wrong button|whoops",
    help="help|help me|i need help|need help|need some help|can you help|can you help me|sos|assist|assistance|instructions"
    "|options|menu|commands|what can you do|what can i do|what can i say|what are my options|i need some help|i need a"
    " hand|give me a hand|a little help|bit of help|some help|help with this|how does this work|how do i do this"
    "|what do i do|what should i do|what do i say|what should i say|what am i supposed to do|i dont know what to do"
    "|i dont know what to say|not sure what to do|what shall i do|what do you need|what do you need from me",
    where="where were we|where are we|where was i|where am i|what were we doing|what was i doing|what are we doing"
    "|where did we leave off|where did we get to|where had we got to|where have we got to|where did i get to|what was"
    " the question|whats the question|what was your question|repeat the question|repeat that|say that again|come"
    " again|remind me|catch me up|what did you ask|what did you ask me|what were you asking|what were we talking about|what was i meant to do"
    "|recap|what have we done|what have we done so far|whats done|whats left|what is left|what have i done so far|status"
    "|progress|how far are we|how far along are we|how much is left|how many steps are left|im back|i am back|back"
    " again|back now|ok im back|refresh my memory",
    next="next|what next|whats next|what is next|what now|now what|continue|carry on|go on|keep going|proceed|what do"
    " i do next|what comes next|what should i do next|what should i do now|what do i do now|what shall we do next|what"
    " shall we do now|ready|im ready|ready to go|next up|onwards|onward|resume|start|begin|get started|lets get started"
    "|lets start|lets begin|what else|anything else|whats the next step|what are the next steps|whats the next thing|what is the next step|next phase|crack on"
    "|get on with it|get going|get cracking|move forward|forward|forwards|pick up where we left off|what else is there",
    greeting="hi|hey|hello|hiya|heya|yo|hi there|hey there|hello there|howdy|good morning|morning|good afternoon|afternoon"
    "|good evening|evening|good day|gday|greetings|sup|whats up|wassup|how are you|how are you doing|how are things"
    "|hows it going|how do you do|alright|you alright|you ok|hi how are you|hello how are you|hey how are you|hello again|hi again|hey again|hola|bonjour|salut|ciao"
    "|hallo|namaste|salaam|salam|aloha|ola|nice to meet you|pleased to meet you|lovely to meet you|hi nice to meet you|hello hello|anyone there|anybody there|are you there|hello anyone there|you there|wagwan|oi|ey up|hi hi|hey hey",
    thanks="thanks|thank you|thanks a lot|thanks so much|thank you so much|many thanks|ta|cheers|cheers mate|ty|tysm|nice"
    " one|much appreciated|appreciate it|i appreciate it|thanks a million|thanks for that|thank you very much|thanks"
    " very much|ok thanks|great thanks|thats helpful|very helpful|thats very helpful|thanks for your help|thank you for"
    " your help|thanks for the help|youre a star|youre the best|youre a legend|legend|lifesaver|youre a lifesaver|that helps"
    "|gracias|merci|danke|big thanks|thanks again|thank you again|grazie|obrigado|obrigada|good job|well done|youre amazing|youre great",
    confused="huh|eh|what|wtf|pardon|confused|im confused|lost|im lost|stuck|im stuck|confusing|too confusing|too"
    " complicated|complicated|too hard|too much|this is too much|i dont get it|dont get it|i dont understand|dont"
    " understand|i dont follow|what do you mean|what does that mean|what does this mean|i dont know what you mean"
    "|makes no sense|this makes no sense|doesnt make sense|this doesnt make sense|that doesnt make sense|that makes no"
    " sense|ugh|argh|urgh|this sucks|i hate this|hate this|im frustrated|im overwhelmed|overwhelming|overwhelmed"
    "|im struggling|frustrating|annoying|so annoying|youre annoying|youre not helping|not helpful|this isnt helpful"
    "|this is not helpful|this isnt working|its not working|this is not working|nothing works|i give up|give up|omg"
    "|ffs|for gods sake|useless|youre useless|this is useless|rubbish|this is rubbish|this is crap|this is shit|shit|fuck|fuck off|fuck this|damn|bloody hell|im"
    " annoyed|i am annoyed|im fed up|fed up|i cant do this|i cant do it|you dont understand|you didnt understand|thats"
    " not what i said|thats not what i asked|thats not what i meant|thats wrong|that is wrong|thats not right|youre wrong|sigh|say what|explain|explain"
    " please|can you explain|please explain|in english please|say it simply|simplify|simpler please|make it simpler|too many questions|so many questions|not again",
    restart="restart|start over|start again|start from scratch|start from the beginning|begin again|reset|reset"
    " everything|from the top|from the beginning|start afresh|start fresh|redo everything|scrap everything|wipe"
    " everything|start over from scratch|start all over|start all over again|back to the start|go back to the start|go back to the beginning|back to the beginning|do over|lets start over",
    stop="stop|cancel|quit|exit|bye|goodbye|bye bye|good bye|thats all|thats it|thats it for today|thats all for now"
    "|thats all for today|im done|i am done|done for today|done for now|im done for today|im done for now|enough|enough for today|enough for now|thats enough"
    "|thats enough for today|thats enough for now|gotta go|got to go|i have to go|i gotta go|i need to go|ive got to go|i must"
    " go|have to go|need to go|brb|be right back|back later|ill be back|ill be back later|ill come back|ill come back later|i will come"
    " back later|come back later|talk later|talk to you later|speak later|speak soon|see you|see you later|see ya|cya|ttyl|later gator"
    "|laters|good night|goodnight|night night|shut up|go away|leave me alone|pause|stop it|stop talking|please stop|take a"
    " break|i need a break|need a break|lets stop|stop here|lets stop here|finish|finish later|lets finish later|ill finish later|ill finish this later|call it a day|lets call it a day"
    "|log out|logout|sign out|close|abort|ive had enough|im off|im leaving|not today thanks|toodles|ta ta|ta-ra|cheerio",
    human="human|a human|real person|a real person|agent|an agent|operator|support|customer service|customer support"
    "|talk to a human|speak to a human|talk to a person|speak to a person|talk to someone|speak to someone|speak to a"
    " real person|talk to a real person|contact support|call support|human please|representative|speak to support|talk"
    " to support|live agent|live chat|get me a human|i want a human|speak to your manager|speak to a manager|talk to a manager|someone real|talk to an agent|speak to an agent|i need a human|person please|an actual person|an actual human|chat to a human|chat to a person|speak to somebody|talk to somebody|chat with a human|chat with a person|talk with a human|talk with a person",
)
"""Whole messages (as words() spells them) to the wish that they are."""

_SKIPPING = re.compile(
    r"^(?:lets |just |i want to |i would like to |id like to |ill |i will |can i |can we |could i |could we |may i |please"
    r" |we can |im going to |im gonna |i wanna |is it ok to |is it ok if i |i think ill |i think i will |maybe )*"
    r"(?:skip(?:ping)?|pass(?: on)?|do|leave|come back to|sort|finish|answer|handle|decide|add|set|think about|get back to)"
    r"(?P<rest>(?: (?:this|it|that|these|those|them|all|one|ones|step|part|bit|section|question|phase|stage|the|my|for|now"
    r"|please|thanks|later|today|whole|thing|then|on|up|to|a|connecting|adding|uploading|photo|picture|pic|image|bio|blog"
    r"|blogs|posts|content|import|social|socials|media|accounts|account|price|pricing|live|session|sessions|profile"
    r"|sharing|share|launch|name|specialty|speciality|niche|everything|moment|again|out|tomorrow|another|time|some|other"
    r"|day|next|week|instagram|tiktok|youtube|i|think|ok|altogether|entirely|completely|actually))*)$"
)
_POSTPONED = frozenset({"later", "tomorrow", "another", "other", "next"})

_YES = frozenset(
    "yes yep yup yeah yea yah ya yeap yessir aye absolutely definitely certainly sure ok okay okey okie kk k alright"
    " correct exactly indeed totally affirmative true fine perfect great brilliant lovely awesome amazing excellent"
    " fantastic wonderful cool nice super sweet fab fabulous ace wicked beautiful gorgeous agreed approved deal yas oui"
    " si ja da y defo deffo defs obvs obviously righto roger right good wahey woohoo hooray fire bet done confirm confirmed".split()
)
_STRONG_YES = frozenset(
    "yes yep yup yeah yea ya aye absolutely definitely certainly yas oui defo deffo totally affirmative".split()
)
_NO = frozenset("no nope nah naw nay na never negative nein non n dont neither noway neh nuh".split())
_YES_PHRASES = frozenset(
    phrase.strip()
    for phrase in (
        "go ahead|go for it|go on|go on then|do it|do that|do them|lets do it|lets do that|lets do this|lets go|lets go for it|sounds good|sounds great|sounds fab"
        "|sounds perfect|sounds lovely|sounds like a plan|looks good|looks great|looks amazing|looks lovely|looks perfect|looks fab|they look"
        " good|they look great|looks good to me|sounds good to me|good to go|works for me|that works|that works for me|fine by me|fine with me|thats fine|thats good|thats"
        " great|thats perfect|thats right|thats correct|thats lovely|thats it|its good|its great|its perfect|its fine|of"
        " course|why not|yes please|i do|i am|i would|i have|i like it|i like them|i like that|i love it|i love them|love it|love them|love that|like it|like them|all good|all of them|all three"
        "|publish|publish them|publish it|publish all|publish them all|publish all of them|post them|post it|post them all|put them live|put it live|use it|use that|use this|use that one|use this one|use them|keep it"
        "|keep them|save it|send it|no problem|no worries|no probs|not a problem|i guess|i guess so|i suppose|i suppose so|i think so|i believe so|id love to|id love that|id like that|id like to|would love to|happy with"
        " that|im happy with that|im happy with it|happy with it|happy with them|im happy|happy|im up for it|im up for that|im in|im game|im down|count me in|sign me up|you bet|you betcha|hell yes|hell yeah|heck yes|for sure|by all means|cant wait|absolutely yes|make it so|sure thing|sure"
        " why not|too right|spot on|not bad|good idea|great idea|good plan|good stuff|nice one|yes do it|i agree|i accept|i confirm|as is|as it is|go with it|go with that|lets go with that|lets go with it|ill take it|that one|this one|thats the one|"
        "please do|do please|be my guest|knock yourself out|fire away|crack on|carry on|bring it on|ready|im ready|lgtm|100|100 percent|1000 percent|approve|approve them|approve it|approve all|accept|agree|thumbs up|well go on then|if you like|if you want|whatever you think|up to you|might as well|may as well|please|yes thats me|thats me|correct thats me|sounds about right|about right|i reckon so|reckon so|course|course you can|delete|delete it|remove it|yes delete it|get rid of it|bin it|i am sure|im sure|certain|im certain|positive"
    ).split("|")
)
_NO_PHRASES = frozenset(
    phrase.strip()
    for phrase in (
        "not now|not yet|not really|not today|not right now|not just yet|not at all|not for me|not this time|no thanks|no thank you|no ta|no way|no chance|no need|no not now|no not yet|no not"
        " really|i dont think so|dont think so|i think not|i dont want to|i dont want that|i dont want it|i dont want them|dont want to|dont want it|i dont like it|i dont like them|i dont like that|i dont like these|dont like it|dont like them|i hate"
        " it|hate it|hate them|i hate them|id rather not|rather not|i would rather not|id prefer not to|prefer not to|please dont|dont|dont do it|dont do that|dont publish|dont publish them|dont publish it|dont post them|dont delete it|dont delete|dont delete that|of course not|certainly not|definitely not"
        "|absolutely not|hell no|heck no|god no|maybe not|probably not|perhaps not|maybe later|later|another time|some other time|hard pass|pass|ill pass|skip|i wouldnt|i do not|i dont|im not|im good|im good thanks|im fine|im fine thanks|im ok thanks|im alright thanks|all good thanks|wrong|incorrect|thats wrong|thats not"
        " right|its not right|its wrong|not quite|not exactly|not good|not great|not happy|im not happy|not happy with it|not happy with that|not happy with them|im not happy with it|im not happy with that|im not happy with them|not keen|im not keen|not a fan|not interested|im not interested|cancel|stop|stop it|leave it|leave them|forget it|forget that|never|never mind|nevermind|nvm|keep it as it is|leave it as it is|none|none of them|none of these|nothing|neither|"
        "thumbs down|no good|terrible|awful|rubbish|its rubbish|theyre rubbish|bad|its bad|its terrible|its awful|they are terrible|theyre terrible|thats not me|not me|no its not|no it isnt|no thats wrong|nah youre alright|nah youre good|youre alright|do not|hold on|wait|hang on|hold off|not so fast|not sure i do|i wont|wont|cant|i cant|i can not|i havent|havent|yeah no|yeah nah|yes no wait|ok no|ew|yuck|keep it|dont bother|wait no|no wait|actually no|actually not|on second thoughts no"
    ).split("|")
) - {"keep it"}
_UNCLEAR_AFTER_NO = frozenset({"idea", "clue", "one", "matter", "doubt", "more", "longer", "offence"})
_YES_AFTER_NO = frozenset({"problem", "worries", "probs", "prob", "probably"})
_UNCLEAR = re.compile(
    r"\b(?:yes and no|yes or no|not sure|unsure|im not sure|i dont know|dont know|dunno|idk|no idea|maybe|perhaps|depends|it depends|either)\b"
)
_REVERSED = re.compile(r"\b(?:but|though|actually|wait) (?:no|not|dont|later|maybe later|can you not|please dont)\b")
_ASKING = frozenset(
    "what whats how hows why when where who which can could does do is are will would should whose".split()
)
_THUMBS_UP = re.compile(
    "[\U0001f44d\U0001f44c\u2705\u2714\u2611\U0001f64c\U0001f44f\U0001f525\U0001f4af\U0001f60d\U0001f929\u2764\U0001f970\U0001f389\U0001f49c\U0001f499\U0001f49a\U0001f973\U0001f44a]"
)
_THUMBS_DOWN = re.compile("[\U0001f44e\u274c\u2716\U0001f645\U0001f6ab\u26d4\U0001f612\U0001f644\U0001f922\U0001f92e]")
_EMOJI_WISHES = {
    "\U0001f44b": "greeting",
    "\U0001f64f": "thanks",
    "\U0001f615": "confused",
    "\U0001f914": "confused",
    "\U0001f635": "confused",
    "\U0001f62b": "confused",
    "\U0001f621": "confused",
    "\U0001f624": "confused",
    "\U0001f937": "confused",
    "\U0001f626": "confused",
    "\U0001f62d": "confused",
    "\U0001f923": "",
}


def trimmed(found: list[str]) -> list[str]:
    """The words without politeness at either end; all of them where nothing else was said."""
    first, last = 0, len(found)
    while first < last and found[first] in _POLITE:
        first += 1
    while last > first and (
        found[last - 1] in _POLITE or (found[last - 1] == "you" and found[last - 2 : last - 1] == ["thank"])
    ):
        last -= 1
    return found[first:last] or found


_HELLOS = frozenset(
    "こんにちは こんばんは おはよう おはようございます はじめまして やあ 你好 您好 哈喽 嗨 안녕하세요 안녕 नमस्ते नमस्कार สวัสดี สวัสดีครับ สวัสดีค่ะ שלום היי مرحبا أهلا سلام привет здравствуйте γεια cześć hej".split()
) | {"السلام عليكم", "γεια σας", "добрый день"}


def wish(text: str) -> str | None:
    """The wish that a whole short message is (a kind of PHRASES), or None where more, or something else, was said."""
    if len(text) > _LONGEST_PHRASE:
        return None
    folded = fold(text)
    if folded.strip(" .!,،。！？~") in _HELLOS:
        return "greeting"
    found = words(folded)
    if not found:
        for character in folded:
            if character in _EMOJI_WISHES:
                return _EMOJI_WISHES[character] or None
        return None
    if len(found) > 14:
        return None
    for tried in (found, trimmed(found)):
        phrase = " ".join(tried)
        if kind := PHRASES.get(phrase):
            return kind
        if (shorter := _WISH.sub("", phrase)) != phrase and (kind := PHRASES.get(shorter)):
            return kind
        if _SKIPPING.match(phrase) and " skip to " not in f" {phrase} ":
            said = set(found)
            if "skip" in said or "skipping" in said or phrase.startswith("pass on") or said & _POSTPONED:
                return "skip"
    if len(found) <= 6 and set(found) <= _GREETING_WORDS and found[0] in _GREETING_FIRST:
        return "greeting"
    if len(found) <= 8 and found[0] in {"thanks", "thank", "cheers", "ta"} and set(found) <= _THANKS_WORDS:
        return "thanks"
    return None


_GREETING_FIRST = frozenset("hi hey hello hiya heya yo morning good evening hola howdy".split())
_GREETING_WORDS = _GREETING_FIRST | frozenset(
    "there avery again everyone all you are how today morning afternoon evening day to mate friend lovely".split()
)
_THANKS_WORDS = frozenset(
    "thanks thank you so very much a lot million again avery for that this your the help all of it cheers mate ta bunch everything".split()
)


def yes_no(text: str) -> bool | None:
    """True for a yes, False for a no, None where neither was said (or both)."""
    folded = fold(text[:600])
    found = words(folded)
    up, down = bool(_THUMBS_UP.search(folded)), bool(_THUMBS_DOWN.search(folded))
    if not found:
        return None if up == down else up
    core = trimmed(found)
    for tried in (found, core):
        phrase = " ".join(tried)
        if phrase in _NO_PHRASES:
            return False
        if phrase in _YES_PHRASES:
            return True
    phrase = " ".join(found)
    if _UNCLEAR.search(phrase):
        if (
            found[0] in _STRONG_YES
            and "yes and no" not in phrase
            and "yes or no" not in phrase
            and "not sure" not in phrase
        ):
            return True
        return (
            False
            if found[0] in _NO and len(found) > 1 and found[1] not in {"idea", "clue"} and "yes" not in found
            else None
        )
    first, second = found[0], found[1] if len(found) > 1 else ""
    if first == "oh" and second:
        first, second = second, found[2] if len(found) > 2 else ""
    if first in {"please", "just", "well", "um", "hmm", "actually", "ah", "haha", "lol", "so", "and"} and second:
        first, second = second, found[found.index(second) + 1] if found.index(second) + 1 < len(found) else ""
    if first in _NO:
        if second in _UNCLEAR_AFTER_NO:
            return None
        if first == "no" and second in _YES_AFTER_NO:
            return True
        if first == "never" and second not in {"", "ever"}:
            return None
        return None if first in {"n", "na", "negative"} and second else False
    if first in _YES:
        if second in {"no", "nah", "nope", "not"} and len(found) <= 3:
            return False
        if _REVERSED.search(phrase):
            return False
        if first in _STRONG_YES:
            return True
        asks = "?" in folded or any(word in _ASKING for word in found[1:3])
        if asks and len(found) > 1:
            return None
        if first in {
            "good",
            "right",
            "true",
            "fine",
            "nice",
            "cool",
            "great",
            "y",
            "k",
            "si",
            "da",
            "ja",
            "fire",
            "bet",
            "done",
            "super",
            "sweet",
        }:
            return (
                True
                if len(found) <= 3 and all(word in _YES or word in _POLITE or word in _LIKING for word in found)
                else None
            )
        return True
    if (
        any(phrase.startswith(start) and len(found) <= 7 for start in _YES_STARTS)
        and "?" not in folded
        and " not " not in f" {phrase} "
    ):
        return True
    if any(phrase.startswith(start) and len(found) <= 9 for start in _NO_STARTS) and "?" not in folded:
        return False
    if len(found) <= 2 and up != down:
        return up
    return None


_LIKING = frozenset("it them that this i to go me work stuff thing job one is looks".split())
_YES_STARTS = (
    "go ahead",
    "lets do it",
    "lets go for",
    "sounds good",
    "sounds great",
    "looks good",
    "looks great",
    "looks amazing",
    "publish them",
    "publish it",
    "publish all",
    "post them",
    "i love it",
    "i love them",
    "love it",
    "love them",
    "i like it",
    "i like them",
    "please do",
    "im happy with",
    "of course",
    "im happy to",
    "they look great",
    "they look good",
    "theyre great",
    "theyre good",
    "they are great",
    "its great",
    "its perfect",
    "thats great",
    "thats perfect",
    "that sounds good",
    "that sounds great",
    "that looks good",
    "that looks great",
    "i think thats great",
    "go for it",
)
_NO_STARTS = (
    "not now",
    "not yet",
    "not really",
    "no thanks",
    "i dont like",
    "dont publish",
    "dont post",
    "dont delete",
    "dont do",
    "please dont",
    "id rather not",
    "i dont want",
    "i would rather not",
    "not today",
    "i dont think so",
    "i hate",
    "not at the moment",
    "of course not",
    "im not happy",
    "dont like",
    "do not",
    "absolutely not",
    "definitely not",
    "certainly not",
)
