"""Whether a coach asks something, and about what."""

from __future__ import annotations

import re

from graph.understand.text import fold

_OPENING = r"^\W*(?:(?:so|and|but|ok|okay|hi|hey|hello|avery|well|um|sorry|wait|actually|quick question|question|also|just|please|hmm|oh|yes|no|thanks|great|cool)\b[\s,:.!-]*){0,4}"
_ASKING = re.compile(
    _OPENING + r"(?:what|whats|what's|how|hows|how's|why|when|where|where's|who|who's|which|whose|"
    r"(?:can|could|will|would|should|shall|do|does|did|is|are|am|was|were|has|have|may|might|must|isn't|aren't|don't|doesn't|won't|can't)\s+(?:i|you|we|it|this|that|the|my|your|there|they|people|coaches|kliq|avery|he|she|someone|anyone|stripe|subscribers|clients|everyone|live|blogs)\b|"
    r"tell me (?:more |about|how|what|why)|explain|i wonder|i was wondering|wondering|i'd like to know|i want to know|any idea|do i|curious|what if)\b"
)
_TELLING = re.compile(
    _OPENING
    + r"(?:what i (?:do|teach|love|offer|like|coach)|what i'm|when (?:i|my|people|women|clients|you|we)|how i|why i|who i|where i)\b"
)
_TEACHING = re.compile(r"^\W*(?:how|what|when|where) to\b|^\W*why we\b|^\W*who you are\b")
_PROPOSING = re.compile(_OPENING + r"(?:how about|what about)\b")

_TOPICS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        (
            "delete_account",
            r"\b(?:delete|close|cancel|deactivate|remove|leave|quit)\b.{0,25}\b(?:account|membership|subscription|kliq|my data|my store|any ?time)\b|\bcancel any ?time\b|\bcontract\b|\btied in\b|\block(?:ed)? in\b",
        ),
        (
            "privacy",
            r"\b(?:privacy|private|gdpr|personal (?:data|info|information|details)|my (?:data|information|details|info|password|posts?)\b.{0,20}\b(?:safe|secure|sold|shared|private|stored|used|protected)|data protection|secure|security|is (?:it|this) safe|safe to|do you (?:store|keep|sell|share|read|see)|who (?:can )?(?:see|sees|owns|has access)|passwords?|tokens?|post (?:anything )?(?:on|to) my (?:behalf|account|instagram|tiktok)|without (?:asking|my permission)|read my (?:messages|dms))\b",
        ),
        (
            "what_is_avery",
            r"\b(?:who|what) (?:are|r) (?:you|avery)\b|\bare you (?:a |an )?(?:real|human|robot|bot|person|ai|chat ?bot|machine|computer|gpt|chatgpt|alive|man|woman)\b|\b(?:is|who(?:'s| is)|what(?:'s| is)) (?:this )?avery\b|\byour name\b|\bam i (?:talking|speaking|chatting) (?:to|with)\b|\bis this (?:a |an )?(?:bot|robot|ai|human|real person|automated|chatgpt|person)\b|\bwhat(?:'s| is) your (?:job|role|purpose)\b|\bhow old are you\b|\bwhat can you (?:do|help)\b|\bhow can you help\b",
        ),
        (
            "human",
            r"\b(?:support|help ?desk|customer (?:service|care|support)|contact|phone number|email address|real person|human|someone|speak to|talk to|call you|get in touch)\b",
        ),
        (
            "live_sessions",
            r"\blive (?:session|class|workout|stream|event|call|q ?& ?a|lesson|workshop|video|training)s?\b|\bgo(?:ing)? live\b|\blive ?stream\w*\b|\blives\b|\bzoom\b|\bhow (?:do|does|will) (?:the )?(?:live|sessions?)\b|\brecord(?:ed|ing)?s?\b|\bwebinars?\b",
        ),
        (
            "stripe",
            r"\bstripe\b|\bget(?:ting)? paid\b|\bpay ?outs?\b|\bpaid out\b|\bbank\b|\bpaypal\b|\bpayments? (?:work|go|get|processed|made|taken|collected|method)\w*\b|\b(?:when|how) (?:do|will|does|am|would) (?:i|my money|the money)\b.{0,15}\b(?:paid|money|get it|earnings|reach|arrive)\b|\brefunds?\b|\btake payments?\b|\bwithdraw\b|\bmy money\b|\bpay me\b|\bvat\b|\btax(?:es)?\b|\binvoices?\b",
        ),
        (
            "time",
            r"\bhow long\b|\bhow much (?:time|longer|more)\b|\bhow many (?:more )?(?:steps|questions|minutes)\b|\bhow quick\w*\b|\bhow soon\b|\bminutes\b|\bwhen (?:will|is|can) (?:it|this|my store|my page) (?:be )?(?:ready|done|live|finished)\b|\btake long\b|\bcome back later\b|\bsave (?:my )?(?:progress|this|it)\b|\blose (?:my )?progress\b|\bclose (?:this|the (?:chat|page|window|tab))\b|\bnearly (?:done|finished)\b|\balmost done\b|\bare we (?:done|nearly)\b",
        ),
        (
            "pricing",
            r"\bwhat (?:would|should) (?:you|i|we) (?:charge|ask|set|recommend|suggest)\b|\bcan i (?:have|offer|do|give) .{0,15}\btrials?\b",
        ),
        (
            "fees",
            r"\bcut\b|\bfees?\b|\bcommissions?\b|\byour cut\b|\b(?:percentage|percent|%)\b|\b(?:kliq|you|this|it|avery) (?:cost|charge|take|charges|takes|costs)\b|\b(?:is|are) (?:this|it|kliq|you|avery|there) (?:a )?(?:really )?(?:free|paid|cost|charge)\b|\bcosts? (?:me|to (?:use|join|start|set up|run))\b|\bdoes (?:this|it|kliq) cost\b|\bdo i (?:have to |need to )?pay\b|\bhidden (?:costs?|charges?)\b|\bfree trial\b|\bhow much (?:is|for|does|do you|will (?:this|it)) (?:it|this|kliq|the app|the platform|you)\b|\b(?:kliq|platform|app)\b.{0,10}\b(?:cost|price|free)\b|\bkeep (?:all|100)\b|\bcut (?:do|does|of)\b|\bhow much (?:do|does|will) (?:you|kliq|it|this) (?:take|charge|cost|keep)\b",
        ),
        (
            "templates",
            r"\btemplates?\b|\bthemes?\b|\bcolou?rs?\b|\bfonts?\b|\bcustomi[sz]e\b|\blayouts?\b|\bdesigns?\b|\bbranding\b|\blogo\b|\blook like\b",
        ),
        ("photo", r"\bphotos?\b|\bpictures?\b|\bpics?\b|\bimages?\b|\bheadshot\b|\bavatar\b|\binitials\b|\bselfies?\b"),
        (
            "share",
            r"\bshar(?:e|ing)\b|\bpromot\w+\b|\bmarket(?:ing)?\b|\badverti\w+\b|\bget (?:more )?(?:clients|subscribers|followers|members|customers|people)\b|\b(?:the |my )?(?:link|url|qr code)\b|\bfind me\b|\baudience\b|\bspread the word\b",
        ),
        (
            "pricing",
            r"\bpric\w+\b|\bcharg(?:e|ing)\b|\bsubscriptions?\b|\bhow much should\b|\bhow much (?:can|could|would|will|do) i\b|\btoo (?:much|little|expensive|cheap|high|low)\b|\bdiscounts?\b|\btiers?\b|\bmonthly\b|\bannual(?:ly)?\b|\bcoupon\b|\bearn\b|\bmake money\b|\bcurrency\b|\b(?:offer|do) (?:a )?(?:free )?trials?\b|\bone[- ]off\b|\bfree\b|\bpay\b|\byearly\b|[£$€]\d",
        ),
        (
            "social",
            r"\bsocials?\b|\binstagram\b|\btiktok\b|\byoutube\b|\bfacebook\b|\bconnect\w*\b|\blinking\b|\bfollowers\b|\btwitter\b|\blinkedin\b|\bpermissions?\b|\blog ?in\b",
        ),
        (
            "blogs",
            r"\bblogs?\b|\barticles?\b|\bposts?\b|\bdrafts?\b|\bcontent\b|\bwrite\b|\bwriting\b|\bseo\b|\bpublish\w*\b|\btopics?\b",
        ),
        (
            "store",
            r"\bstores?\b|\bshop\b|\bmy (?:page|site|website|app)\b|\bdomain\b|\bpreview\b|\bstorefront\b|\bmembers? (?:area|see)\b|\bwebsite\b|\bsubscribers (?:see|get)\b|\bcourses?\b|\bvideos?\b|\bupload\b|\bproducts?\b|\bsell\b",
        ),
        (
            "what_is_kliq",
            r"\bkliq\b|\bwhat(?:'s| is) this\b|\bthis (?:app|platform|site|thing|service|all about|for|about)\b|\bthe (?:app|platform)\b|\bhow (?:does|do) (?:this|it|everything|all this|things) (?:all )?work\b|\bwhat do i get\b|\bwhat(?:'s| is) (?:the point|in it for me|it for|it all about|it)\b|\bwhy (?:should i|would i|do i need|am i here)\b|\bwhat am i (?:signing up|doing here)\b",
        ),
    )
)


def is_question(text: str, asked: str | None = None) -> bool:
    """Whether a text asks something; an answer that merely begins like a question ("what I do is…") does not."""
    folded = fold(text[:600])
    if "?" in folded:
        return True
    if asked in {"niche", "specialty"} and _TEACHING.match(folded):
        return False
    if _TELLING.match(folded) or (_PROPOSING.match(folded) and asked is not None):
        return False
    return bool(_ASKING.match(folded))


def topic(text: str) -> str:
    """What a question is about: one of the topics that Avery has an answer for, or "other"."""
    folded = fold(text[:1_000])
    return next((name for name, pattern in _TOPICS if pattern.search(folded)), "other")
