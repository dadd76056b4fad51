"""Signatures on buttons whose action destroys something: only what the server offered can be confirmed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time

LIFETIME = 24 * 3600
"""Seconds for which a confirming button works."""


def sign(secret: bytes, coach_id: int, action: str, value: str, *, now: float | None = None) -> str:
    """A signature `<expiry>.<mac>` over the coach, the action and its value."""
    expires = int((time.time() if now is None else now) + LIFETIME)
    return f"{expires}.{_mac(secret, coach_id, action, value, expires)}"


def holds(secret: bytes, signature: str | None, coach_id: int, action: str, value: str) -> bool:
    """Whether `signature` is ours, for just this coach, action and value, and not expired."""
    expires, _, mac = (signature or "").partition(".")
    if not (expires.isascii() and expires.isdigit()) or int(expires) < time.time():
        return False
    return hmac.compare_digest(mac.encode(), _mac(secret, coach_id, action, value, int(expires)).encode())


def _mac(secret: bytes, coach_id: int, action: str, value: str, expires: int) -> str:
    text = f"{coach_id}\n{action}\n{value}\n{expires}".encode()
    return base64.urlsafe_b64encode(hmac.digest(secret, text, hashlib.sha256)).decode().rstrip("=")
