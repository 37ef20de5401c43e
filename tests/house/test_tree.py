"""What holds for the tree and the distribution made of it."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

from tests.conftest import ROOT

PACKAGES = ("gateway", "connectors", "schema", "mocks")


def _modules() -> list[Path]:
    return [path for folder in (*PACKAGES, "bench") for path in (ROOT / folder).rglob("*.py")]


def test_each_module_says_what_it_is_about() -> None:
    """A module's first line is a sentence on its one subject."""
    silent = [
        str(path.relative_to(ROOT))
        for path in _modules()
        if not (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").strip()
    ]
    assert silent == []


def test_rooms_are_small() -> None:
    """No module is longer than about 400 lines."""
    assert [str(p) for p in _modules() if len(p.read_text(encoding="utf-8").splitlines()) > 420] == []


def test_every_ignore_says_why() -> None:
    """A type or lint ignore carries its reason on its line."""
    bare = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in [*_modules(), *(ROOT / "tests").rglob("*.py")]
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if ("# type: " + "ignore" in line or "# no" + "qa:" in line)
        and len(line.rpartition("#")[2].strip()) < 8
    ]
    assert bare == []


def test_the_communities_are_the_same_on_both_sides() -> None:
    """The graph's gazetteer and the simulators' world carry the same facts; neither imports the other."""
    ours = (ROOT / "schema/community/communities.json").read_bytes()
    theirs = (ROOT / "mocks/world/communities.json").read_bytes()
    assert ours == theirs


def test_the_wheel_holds_our_packages_and_what_they_read(tmp_path: Path) -> None:
    """The wheel has gateway, connectors, schema and mocks with their data, and nothing else."""
    subprocess.run(  # noqa: S603  # our own build, fixed arguments
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.partition("/")[0] for name in names if ".dist-info" not in name} == set(PACKAGES)
    for data in (
        "schema/community/communities.json",
        "mocks/world/communities.json",
        "gateway/graphiql/assets/graphiql.min.js",
        "gateway/examples/1-front-door.graphql",
    ):
        assert data in names


def test_the_import_names_are_ours_alone() -> None:
    """No installed distribution brings a top-level package that is called like one of ours."""
    taken = metadata.packages_distributions()
    own = "longgang-community-graph"
    assert {name: taken[name] for name in PACKAGES if set(taken.get(name, [])) - {own}} == {}


def test_it_can_not_be_published_by_mistake() -> None:
    """The classifier makes registries refuse it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert "Private :: Do Not Upload" in project["classifiers"]
