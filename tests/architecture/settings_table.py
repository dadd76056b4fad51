"""docs/settings.md's table, made from avery/settings.py. `python -m tests.architecture.settings_table` writes it."""

from __future__ import annotations

from pathlib import Path

from avery.settings import Settings, variable, would_do

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"
START, END = "<!-- table: make settings-doc -->", "<!-- end of table -->"


def table() -> str:
    """The Markdown table of all settings, in their order."""
    rows = ["| variable | default | what it is | what would do |", "|---|---|---|---|"]
    for name, field in Settings.model_fields.items():
        extra = field.json_schema_extra
        shown = extra.get("shown") if isinstance(extra, dict) else None
        default = str(shown) if shown else "" if field.default is None else f"`{field.default}`"
        rows.append(f"| `{variable(name, field)}` | {default} | {field.description} | {would_do(field)} |")
    return "\n".join(rows)


def page_with(rows: str) -> str:
    """The page with `rows` for its table."""
    before, rest = PAGE.read_text(encoding="utf-8").split(START)
    return f"{before}{START}\n{rows}\n{END}{rest.split(END)[1]}"


if __name__ == "__main__":
    PAGE.write_text(page_with(table()), encoding="utf-8")
