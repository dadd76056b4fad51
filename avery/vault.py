"""Encryption of the social tokens: AES-256-GCM, bound to the place where a token stands.

A sealed text is `v1.<key id>.<base64url of nonce and ciphertext>`. Coach, platform, field and key id are authenticated
with it, so a ciphertext that was moved to another row or column does not open.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
from collections.abc import Sequence
from typing import Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from avery.errors import Unreadable
from avery.settings import Settings

Field = Literal["access_token", "refresh_token"]

_VERSION = "v1"
_NONCE_BYTES = 12


class Vault:
    """A ring of 32-byte keys: the first one seals, all of them open. Raises ValueError for no key or a bad one."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or any(len(key) != 32 for key in keys):
            raise ValueError("a vault needs at least one key, and keys have 32 bytes")
        self._ring = {_key_id(key): AESGCM(key) for key in keys}
        self._primary = _key_id(keys[0])

    @classmethod
    def from_settings(cls, settings: Settings) -> Vault:
        """The vault of the configured keys; in development of the key file made on first start."""
        return cls(settings.key_ring())

    @property
    def key_ids(self) -> frozenset[str]:
        """The ids of all keys in the ring."""
        return frozenset(self._ring)

    def seal(self, text: str, *, coach_id: int, platform: str, field: Field) -> str:
        """`text`, encrypted with the primary key for just this place."""
        nonce = os.urandom(_NONCE_BYTES)
        bound = _bound(coach_id, platform, field, self._primary)
        sealed = self._ring[self._primary].encrypt(nonce, text.encode(), bound)
        return f"{_VERSION}.{self._primary}.{base64.urlsafe_b64encode(nonce + sealed).decode().rstrip('=')}"

    def open(self, sealed: str, *, coach_id: int, platform: str, field: Field) -> str:
        """The text that was sealed for this place; Unreadable where it does not open."""
        version, _, rest = sealed.partition(".")
        key_id, _, body = rest.partition(".")
        if version != _VERSION:
            raise Unreadable("not a sealed text of this vault")
        if key_id not in self._ring:
            raise Unreadable(f"sealed with key {key_id!r}, which is not in the ring")
        try:
            raw = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
            opened = self._ring[key_id].decrypt(
                raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], _bound(coach_id, platform, field, key_id)
            )
        except (binascii.Error, ValueError, InvalidTag):
            raise Unreadable("changed, or sealed for another place") from None
        return opened.decode()

    def is_current(self, sealed: str) -> bool:
        """Whether the primary key sealed it."""
        return sealed.startswith(f"{_VERSION}.{self._primary}.")

    def rotate(self, sealed: str, *, coach_id: int, platform: str, field: Field) -> str:
        """The same text under the primary key; as it is where that sealed it already. Unreadable as in `open`."""
        if self.is_current(sealed):
            return sealed
        text = self.open(sealed, coach_id=coach_id, platform=platform, field=field)
        return self.seal(text, coach_id=coach_id, platform=platform, field=field)


def key_id_of(sealed: str) -> str:
    """The id of the key that sealed it, as written on it."""
    return sealed.partition(".")[2].partition(".")[0]


def _key_id(key: bytes) -> str:
    return hashlib.sha256(b"avery key id\0" + key).hexdigest()[:8]


def _bound(coach_id: int, platform: str, field: str, key_id: str) -> bytes:
    # JSON keeps the parts apart: no two places have the same bytes.
    return json.dumps([_VERSION, coach_id, platform, field, key_id]).encode()
