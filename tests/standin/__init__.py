"""A stand-in for OpenAI's API, over real HTTP: the same shapes, the same refusals, and a small brain of rules.

It is no model and says so: at `GET /`, by the header `x-standin: 1`, the `system_fingerprint` "standin" and a 🧪 at the
end of its texts. It acts on the request alone. `python -m tests.standin --port N` runs it; `standin()` does so for a
test, in a process of its own, `serving()` within the test's process. Any key that begins with sk- will do, unless the
word "wrong" is in it. Tests tell it how fast to be and what to do wrong:

    PUT    /standin/timing    {"first_ms": 400, "token_ms": 20}
    POST   /standin/faults    {"kind": "cut", "after": 3, "count": 1}: see faults.py; DELETE forgets them
    GET    /standin/requests  what was asked, oldest first; DELETE forgets it

A request is `{path, headers, body, said, at, first_sent_at, status, end}`: `said` is the last user message; `at` and
`first_sent_at` (the first piece of content) are time.monotonic(), which on Linux all processes share; `end` is "whole",
"left" (the client went away) or "fault". The key is not among the headers.
"""

from tests.standin.process import Standin, serving, standin

__all__ = ["Standin", "serving", "standin"]
