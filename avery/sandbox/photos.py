"""What the sandbox takes as a photo: judged by its bytes, never by what it is called."""

from __future__ import annotations

from xml.etree import ElementTree

MAX_BYTES = 5 * 1024 * 1024
SVG = "image/svg+xml"
_MAX_AVATAR_BYTES = 8 * 1024
_SVG_NAMESPACE = "{http://www.w3.org/2000/svg}"
_AVATAR: dict[str, frozenset[str]] = {
    "svg": frozenset({"viewBox", "width", "height", "role", "aria-label", "aria-hidden"}),
    "title": frozenset({"id"}),
    "g": frozenset({"fill", "transform"}),
    "rect": frozenset({"x", "y", "width", "height", "rx", "ry", "fill"}),
    "circle": frozenset({"cx", "cy", "r", "fill"}),
    "text": frozenset(
        {
            "x",
            "y",
            "dx",
            "dy",
            "fill",
            "font-family",
            "font-size",
            "font-weight",
            "letter-spacing",
            "text-anchor",
            "dominant-baseline",
            "alignment-baseline",
        }
    ),
    "defs": frozenset(),
    "linearGradient": frozenset({"id", "x1", "y1", "x2", "y2", "gradientTransform", "gradientUnits"}),
    "stop": frozenset({"offset", "stop-color", "stop-opacity"}),
}
"""The elements of an avatar of initials and their attributes: none of them can load or run anything."""


def media_type(content: bytes) -> str | None:
    """The image type that the bytes show; None where they show none of the four."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return None


def is_initials_avatar(content: bytes) -> bool:
    """Whether an SVG is a ground and a few letters on it, and nothing that could load or run."""
    if len(content) > _MAX_AVATAR_BYTES or b"<!" in content or b"<?" in content:
        return False
    try:
        root = ElementTree.fromstring(content)  # noqa: S314 (no DTD gets this far, so there is nothing to expand)
    except ElementTree.ParseError:
        return False
    if root.tag != _SVG_NAMESPACE + "svg":
        return False
    letters = "".join(text for node in root.iter(_SVG_NAMESPACE + "text") for text in node.itertext())
    return len(letters.strip()) <= 4 and all(_is_harmless(node) for node in root.iter())


def _is_harmless(node: ElementTree.Element) -> bool:
    allowed = _AVATAR.get(node.tag.removeprefix(_SVG_NAMESPACE)) if node.tag.startswith(_SVG_NAMESPACE) else None
    if allowed is None or not node.attrib.keys() <= allowed:
        return False
    # A paint may point at the avatar's own gradient and nowhere else.
    harmless = ("url(#", "rotate(", "translate(")
    return all("(" not in value or value.startswith(harmless) for value in node.attrib.values())
