"""The templates that a sandbox store can wear: three for each niche, the niche's default first."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Template:
    """A look: colours as CSS values; `ink` on `paper` and `on_brand` on `brand` hold WCAG AA."""

    id: str
    niche: str
    name: str
    description: str
    paper: str
    """The page's ground."""
    card: str
    ink: str
    soft: str
    """Secondary text, AA on paper and card."""
    line: str
    brand: str
    on_brand: str
    glow: str
    """The second colour of the header's gradient; on_brand reads on it too."""
    serif: bool = False
    dark: bool = False


DEFAULT = Template(
    "kliq-first-light",
    "",
    "First light",
    "KLIQ's own colours, until a template is chosen",
    "#f7f6fc",
    "#ffffff",
    "#1d1a33",
    "#5b5770",
    "#e4e1f2",
    "#5a49d6",
    "#ffffff",
    "#8a3fc4",
)

TEMPLATES: tuple[Template, ...] = (
    Template(
        "fitness-power",
        "fitness",
        "Power",
        "Bold and dark with an electric edge",
        "#101216",
        "#1a1d24",
        "#f4f6fb",
        "#a9b1c2",
        "#2c313d",
        "#ff5a3c",
        "#1a0702",
        "#ff9d3c",
        dark=True,
    ),
    Template(
        "fitness-fresh",
        "fitness",
        "Fresh",
        "Bright, clean and full of air",
        "#f3faf7",
        "#ffffff",
        "#10261f",
        "#48615a",
        "#d8ebe4",
        "#0b7a5c",
        "#ffffff",
        "#0f6f86",
    ),
    Template(
        "fitness-studio",
        "fitness",
        "Studio",
        "Calm greys and one strong blue",
        "#f5f6f8",
        "#ffffff",
        "#171b24",
        "#555d6e",
        "#e0e4ea",
        "#1f55d1",
        "#ffffff",
        "#4338b8",
    ),
    Template(
        "wellness-calm",
        "wellness",
        "Calm",
        "Soft sage and warm paper",
        "#f8f6f0",
        "#fffdf8",
        "#26302a",
        "#5c665f",
        "#e5e2d6",
        "#4b6b57",
        "#ffffff",
        "#3f6c73",
        serif=True,
    ),
    Template(
        "wellness-dawn",
        "wellness",
        "Dawn",
        "The pinks of an early morning",
        "#fdf6f4",
        "#ffffff",
        "#38222a",
        "#755b63",
        "#f1dfdb",
        "#a8475f",
        "#ffffff",
        "#a35433",
        serif=True,
    ),
    Template(
        "wellness-garden",
        "wellness",
        "Garden",
        "Leaf green and light",
        "#f4f9ef",
        "#ffffff",
        "#1f2d17",
        "#54634b",
        "#dde9d2",
        "#3e7423",
        "#ffffff",
        "#1f7350",
    ),
    Template(
        "business-clarity",
        "business",
        "Clarity",
        "Navy on white, nothing in the way",
        "#f6f8fb",
        "#ffffff",
        "#0f1e36",
        "#50607a",
        "#dde4ee",
        "#14417f",
        "#ffffff",
        "#1f6a96",
    ),
    Template(
        "business-executive",
        "business",
        "Executive",
        "Charcoal with a touch of gold",
        "#16171a",
        "#1f2125",
        "#f5f2ea",
        "#b3aea2",
        "#34363c",
        "#d8b25c",
        "#1d1607",
        "#e8cf94",
        serif=True,
        dark=True,
    ),
    Template(
        "business-slate",
        "business",
        "Slate",
        "Cool greys and a steady teal",
        "#f3f5f6",
        "#ffffff",
        "#1b2529",
        "#55636a",
        "#dbe2e5",
        "#0f6a75",
        "#ffffff",
        "#2f5d86",
    ),
    Template(
        "lifestyle-sunny",
        "lifestyle",
        "Sunny",
        "Warm, friendly and a little playful",
        "#fffaf0",
        "#ffffff",
        "#33240f",
        "#6f5d43",
        "#f1e5cd",
        "#b4470f",
        "#ffffff",
        "#a8325a",
    ),
    Template(
        "lifestyle-journal",
        "lifestyle",
        "Journal",
        "A magazine's black on cream",
        "#faf7f2",
        "#fffefb",
        "#1c1a17",
        "#5f5a52",
        "#e6e0d5",
        "#1c1a17",
        "#ffffff",
        "#54453a",
        serif=True,
    ),
    Template(
        "lifestyle-neon",
        "lifestyle",
        "Neon",
        "Night colours for creators",
        "#120f1d",
        "#1c1829",
        "#f5f1ff",
        "#b4abcc",
        "#332c47",
        "#e86bd8",
        "#1f0419",
        "#8f9bff",
        dark=True,
    ),
)

BY_ID: dict[str, Template] = {template.id: template for template in TEMPLATES}


def worn(template: str | None) -> Template:
    """The template by its id, or KLIQ's own."""
    return BY_ID.get(template or "", DEFAULT)


def stylesheet() -> str:
    """Every template as CSS custom properties under `[data-theme="…"]`."""
    return "\n".join(
        f'[data-theme="{t.id}"] {{ color-scheme: {"dark" if t.dark else "light"}; --paper: {t.paper}; --card: {t.card};'
        f" --ink: {t.ink}; --soft: {t.soft}; --line: {t.line}; --brand: {t.brand}; --on-brand: {t.on_brand};"
        f" --glow: {t.glow}; --display: var(--{'serif' if t.serif else 'sans'}); }}"
        for t in (DEFAULT, *TEMPLATES)
    )
