"""A stand-in for OpenAI's API, over real HTTP: the same shapes, the same refusals, and a small brain of rules.

It is no model and says so (`GET /`, the header `x-standin`, the fingerprint `standin`, a 🧪 at the end of its texts).
It acts on the request alone. Tests tell it how fast to be and what to do wrong:

    PUT    /standin/timing    {"first_ms": 400, "token_ms": 20}
    POST   /standin/faults    {"kind": "cut", "after": 3, "count": 1}      see faults.py for the kinds
    DELETE /standin/faults    forget them
    GET    /standin/requests  what was asked, oldest first; DELETE forgets it
"""

from tests.standin.process import Standin, standin

__all__ = ["Standin", "standin"]
