"""Sealed tokens: they open where they were sealed, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from avery.errors import Unreadable
from avery.vault import Field, Vault, key_id_of

KEY, NEWER = b"k" * 32, b"n" * 32
keys = st.binary(min_size=32, max_size=32)
texts = st.text(st.characters(codec="utf-8"))
fields = st.sampled_from(["access_token", "refresh_token"])
coaches = st.integers(1, 2**31 - 1)
platforms = st.sampled_from(["instagram", "tiktok", "youtube"])


@given(st.lists(keys, min_size=1, max_size=4, unique=True), texts, coaches, platforms, fields)
def test_what_is_sealed_opens_again(ring: list[bytes], text: str, coach: int, platform: str, field: Field) -> None:
    vault = Vault(ring)
    sealed = vault.seal(text, coach_id=coach, platform=platform, field=field)
    assert vault.open(sealed, coach_id=coach, platform=platform, field=field) == text
    assert sealed.split(".")[:2] == ["v1", key_id_of(sealed)]
    assert sealed != vault.seal(text, coach_id=coach, platform=platform, field=field)


@given(texts, st.tuples(coaches, platforms, fields), st.tuples(coaches, platforms, fields))
def test_a_moved_ciphertext_does_not_open(
    text: str, here: tuple[int, str, Field], there: tuple[int, str, Field]
) -> None:
    assume(here != there)
    vault = Vault([KEY])
    sealed = vault.seal(text, coach_id=here[0], platform=here[1], field=here[2])
    with pytest.raises(Unreadable):
        vault.open(sealed, coach_id=there[0], platform=there[1], field=there[2])


@given(texts, st.data())
def test_a_changed_ciphertext_does_not_open(text: str, data: st.DataObject) -> None:
    vault = Vault([KEY])
    sealed = vault.seal(text, coach_id=1, platform="tiktok", field="access_token")
    # The last character of unpadded base64 may have bits that say nothing.
    place = data.draw(st.integers(0, len(sealed) - 2))
    other = data.draw(st.characters(codec="utf-8").filter(lambda char: char != sealed[place]))
    with pytest.raises(Unreadable):
        vault.open(sealed[:place] + other + sealed[place + 1 :], coach_id=1, platform="tiktok", field="access_token")


@given(st.text(st.characters(codec="utf-8")))
def test_rubbish_does_not_open(rubbish: str) -> None:
    vault = Vault([KEY])
    for sealed in (rubbish, f"v1.{rubbish}", f"v1.{next(iter(vault.key_ids))}.{rubbish}"):
        with pytest.raises(Unreadable):
            vault.open(sealed, coach_id=1, platform="tiktok", field="access_token")


def test_a_new_first_key_opens_the_old_and_rotates_it_away() -> None:
    old = Vault([KEY]).seal("token", coach_id=1, platform="youtube", field="refresh_token")
    both, only_new = Vault([NEWER, KEY]), Vault([NEWER])
    assert both.open(old, coach_id=1, platform="youtube", field="refresh_token") == "token"
    with pytest.raises(Unreadable, match="not in the ring"):
        only_new.open(old, coach_id=1, platform="youtube", field="refresh_token")
    new = both.rotate(old, coach_id=1, platform="youtube", field="refresh_token")
    assert only_new.open(new, coach_id=1, platform="youtube", field="refresh_token") == "token"
    assert both.rotate(new, coach_id=1, platform="youtube", field="refresh_token") == new


@pytest.mark.parametrize("ring", [[], [b"short"], [KEY, b"short"]])
def test_a_vault_without_a_proper_key_is_refused(ring: list[bytes]) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Vault(ring)
