from __future__ import annotations

import json
import os
import re
import subprocess
from importlib import import_module
from pathlib import Path

import pytest

from tests.architecture import settings_table

ROOT = Path(__file__).parents[2]
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")


def files() -> list[Path]:
    """Every file that a clone has, and every new one that is not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, check=True, text=True,
    ).stdout  # fmt: skip
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def test_no_file_names_a_package_registry_or_a_folder_outside() -> None:
    # In halves, so that this file does not name them either.
    forbidden = [
        ".." + "/shared", "pypi" + ".org", "files.python" + "hosted.org", "registry.npm" + "js.org",
        "index" + "-url =", "/opt/" + "pypi",
    ]  # fmt: skip
    named = [
        f"{path.relative_to(ROOT)} names {word}"
        for path in files()
        for text in [path.read_bytes().decode("utf-8", errors="ignore")]
        for word in forbidden
        if word in text
    ]
    assert named == []


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_every_locked_package_has_a_version_and_hashes_and_no_source(name: str) -> None:
    odd = [
        line
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
        and not HASH.match(line)
        and not re.match(r"^[a-z0-9._-]+(\[.+\])?==\S+( ; .+)? \\$", line)
    ]
    assert odd == []


def test_both_locks_agree() -> None:
    def pins(name: str) -> dict[str, str]:
        return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE))

    run, dev = pins("requirements.lock"), pins("requirements-dev.lock")
    assert run == {name: version for name, version in dev.items() if name in run}


def test_the_settings_page_lists_every_setting() -> None:
    page = settings_table.PAGE.read_text(encoding="utf-8")
    assert page == settings_table.page_with(settings_table.table()), "docs/settings.md is old: make settings-doc"


def test_only_settings_reads_the_environment() -> None:
    reads = re.compile(r"os\.environ(?!\[[^]]+\] = )|os\.getenv|environb")
    readers = {
        str(path.relative_to(ROOT))
        for folder in ("avery", "graph", "tools", "prompts", "api", "jobs", "evals")
        for path in (ROOT / folder).rglob("*.py")
        if reads.search(path.read_text(encoding="utf-8"))
    }
    # The embedded server is told where programs are, and nothing else of what we were told.
    assert readers <= {"avery/settings.py", "avery/store/embedded.py"}


def test_langgraph_json_names_a_graph_that_is_there() -> None:
    spec = json.loads((ROOT / "langgraph.json").read_text(encoding="utf-8"))
    module, _, attribute = spec["graphs"]["avery"].partition(":")
    assert hasattr(import_module(module.removeprefix("./").removesuffix(".py").replace("/", ".")), attribute)


def test_ci_can_be_run() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_every_page_that_the_readme_links_to_is_there() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    broken = [
        f"{page.relative_to(ROOT)} → {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if "://" not in target and not target.startswith("mailto:") and not (page.parent / target).exists()
    ]
    assert broken == []


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = sorted(int(path.name[:4]) for path in (ROOT / "docs" / "decisions").glob("*.md"))
    assert numbers == list(range(1, len(numbers) + 1))
