"""Free text to values, in plain code: no I/O, no model, the same answer every time.

Each function takes any string (4,000 characters of it are read), never raises, and returns None where it finds nothing.

    name        what to call the coach, as typed
    niche       one of the four niches, and whether it is sure
    specialty   the specialty as said
    price       one amount in minor units, or free; price_range for a span
    when        a moment in the coach's time zone, or what is missing of it
    yes_no      whether it is a yes or a no
    intent      a wish that is possible at any moment, whatever was asked
    is_empty    whether nothing was said
    gist        the first useful sentences of a long message
    sentences   all of them
"""

from graph.understand.answers import gist
from graph.understand.intents import intent
from graph.understand.names import name
from graph.understand.niches import NicheFound, niche, specialty
from graph.understand.prices import PriceFound, price, price_range
from graph.understand.smalltalk import yes_no
from graph.understand.text import is_empty, sentences
from graph.understand.times import WhenFound, when
from graph.understand.wishes import Intent

__all__ = [
    "Intent",
    "NicheFound",
    "PriceFound",
    "WhenFound",
    "gist",
    "intent",
    "is_empty",
    "name",
    "niche",
    "price",
    "price_range",
    "sentences",
    "specialty",
    "when",
    "yes_no",
]
