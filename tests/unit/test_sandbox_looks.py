"""What a sandbox store looks like, and what it takes for a face."""

from __future__ import annotations

import pytest

from avery.domain import Niche
from avery.sandbox import photos, themes
from avery.sandbox.storefront import initials

AVATAR = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 128 128" role="img" aria-label="ZO">'
    b'<rect width="128" height="128" fill="#6C5CE7"/>'
    b'<text x="64" y="64" fill="#fff" text-anchor="middle">ZO</text></svg>'
)


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("template", [themes.DEFAULT, *themes.TEMPLATES], ids=lambda template: str(template.id))
def test_every_template_is_readable(template: themes.Template) -> None:
    pairs = {
        "ink on paper": (template.ink, template.paper),
        "ink on card": (template.ink, template.card),
        "soft on paper": (template.soft, template.paper),
        "soft on card": (template.soft, template.card),
        "brand on paper": (template.brand, template.paper),
        "brand on card": (template.brand, template.card),
        "on brand": (template.on_brand, template.brand),
        "on glow": (template.on_brand, template.glow),
    }
    assert {name: round(contrast(*pair), 2) for name, pair in pairs.items() if contrast(*pair) < 4.5} == {}


@pytest.mark.parametrize("niche", list(Niche))
def test_every_niche_has_three_templates_at_least(niche: Niche) -> None:
    assert sum(template.niche == niche for template in themes.TEMPLATES) >= 3


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Dr. Zoë O'Neil-Smith", "ZO"),
        ("maya", "M"),
        ("Ana María de la Cruz", "AC"),
        ("Dr.", "D"),
        ("  ", ""),
        (None, ""),
        ("💪 Sam", "S"),
        ("李 小龍", "李小"),
        ("ßam", "SS"),
    ],
)
def test_initials_are_a_first_and_a_last_letter(name: str | None, letters: str) -> None:
    assert initials(name) == letters


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"\x89PNG\r\n\x1a\n...", "image/png"),
        (b"\xff\xd8\xff\xe0..", "image/jpeg"),
        (b"GIF89a..", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", None),
        (b"", None),
        (b"<svg/>", None),
        (b"%PDF-1.7", None),
        (b"MZ", None),
    ],
)
def test_a_photo_is_known_by_its_bytes(content: bytes, media_type: str | None) -> None:
    assert photos.media_type(content) == media_type


def test_an_avatar_of_initials_is_taken() -> None:
    assert photos.is_initials_avatar(AVATAR)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<rect", b"<script>alert(1)</script><rect"),
        (b"<rect", b'<rect onload="alert(1)"'),
        (b"<rect", b'<image href="https://example.com/x.png"/><rect'),
        (b"<rect", b"<foreignObject/><rect"),
        (b"#6C5CE7", b"url(https://example.com/x)"),
        (b"<svg ", b'<!DOCTYPE svg [<!ENTITY a "b">]><svg '),
        (b"<svg ", b"<?xml-stylesheet href='x'?><svg "),
        (b">ZO<", b">Call me on 0800<"),
        (b"</svg>", b""),
        (b"http://www.w3.org/2000/svg", b"http://example.com"),
        (b"#fff", b"#" + b"f" * 9000),
    ],
)
def test_any_other_svg_is_refused(old: bytes, new: bytes) -> None:
    assert not photos.is_initials_avatar(AVATAR.replace(old, new))
