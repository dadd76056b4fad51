from __future__ import annotations

import tomllib
from importlib.metadata import packages_distributions
from importlib.util import find_spec
from pathlib import Path

from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}


def test_imports_point_one_way_and_run_in_no_circle() -> None:
    assert lint_imports(str(ROOT / "pyproject.toml"), no_cache=True) == EXIT_STATUS_SUCCESS


def test_every_package_at_the_root_stands_in_a_layer_is_installed_and_is_typed() -> None:
    linter = PYPROJECT["tool"]["importlinter"]
    layers = next(contract for contract in linter["contracts"] if contract["id"] == "layers")["layers"]
    included = PYPROJECT["tool"]["setuptools"]["packages"]["find"]["include"]
    assert {name for layer in layers for name in layer.split(" | ")} == PACKAGES
    assert set(linter["root_packages"]) == PACKAGES
    assert {pattern.removesuffix("*") for pattern in included} == PACKAGES
    assert set(PYPROJECT["tool"]["mypy"]["packages"]) == PACKAGES | {"tests"}


def test_no_installed_package_takes_one_of_our_names() -> None:
    installed = packages_distributions()
    strangers = {name: installed[name] for name in PACKAGES if set(installed.get(name, ())) - {"avery"}}
    assert strangers == {}
    for name in PACKAGES:
        spec = find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        assert Path(spec.origin).is_relative_to(ROOT), f"{name} is imported from {spec.origin}"
