"""What docs/ must have a line for."""

from __future__ import annotations

import re
import tomllib

import pytest
import typer

from gateway.__main__ import cli as gateway_cli
from gateway.settings import Settings
from mocks.__main__ import cli as mocks_cli
from schema.core.errors import Code
from tests.conftest import ROOT


def _page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def test_every_setting_has_its_line() -> None:
    """docs/settings.md lists each variable with its default, and none that is gone."""
    lines = re.findall(r"^\| `([A-Z_]+)` \| `([^`]*)` \| (.+) \|$", _page("settings.md"), re.MULTILINE)
    fields = Settings.model_fields.values()
    assert [(name, default) for name, default, _ in lines] == [
        (field.validation_alias, str(field.default)) for field in fields
    ]
    for (_, _, text), field in zip(lines, fields, strict=True):
        assert field.description is not None
        assert text.startswith(field.description.rstrip("."))


def test_every_error_code_has_its_line() -> None:
    """docs/errors.md explains each code once, and none that is gone."""
    assert sorted(re.findall(r"^\| `([A-Z_]+)` \|", _page("errors.md"), re.MULTILINE)) == sorted(Code)


@pytest.mark.parametrize(("program", "cli"), [("gateway", gateway_cli), ("mocks", mocks_cli)])
def test_every_command_has_its_line(program: str, cli: typer.Typer) -> None:
    """docs/settings.md lists each verb of the command lines."""
    verbs = set(typer.main.get_group(cli).commands)
    assert (
        set(re.findall(rf"^\| `python -m {program} (\w+)` \|", _page("settings.md"), re.MULTILINE)) == verbs
    )


def test_every_scenario_has_a_page_with_a_query() -> None:
    """docs/scenarios/ has a page for each scenario's folder, with a query to paste."""
    scenarios = {
        p.name for p in (ROOT / "schema").iterdir() if (p / "findable.py").exists() and p.name != "core"
    }
    pages = {page.stem: page.read_text(encoding="utf-8") for page in (ROOT / "docs/scenarios").glob("*.md")}
    assert pages.keys() == scenarios
    assert all("```graphql" in page for page in pages.values())


def test_links_between_pages_lead_somewhere() -> None:
    """Every relative link in the Markdown files names a file that is there."""
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    broken = [
        f"{page.relative_to(ROOT)}: {link}"
        for page in pages
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
        if not (page.parent / link).exists()
    ]
    assert broken == []


def test_the_dependencies_are_locked() -> None:
    """Each dependency of pyproject.toml stands in the lock file that its users install."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for lock, wanted in {
        "requirements.lock": project["project"]["dependencies"],
        "requirements-dev.lock": project["dependency-groups"]["dev"],
    }.items():
        locked = re.findall(r"^([a-z0-9.-]+)==", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE)
        names = {re.split(r"[<>=\[]", name)[0].replace(".", "-") for name in wanted}
        assert names <= set(locked)
