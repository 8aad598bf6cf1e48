"""The documentation is what the program prints now; its commands exist; there is one version."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import pytest

import hermite_gamma

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_pages_are_not_stale() -> None:
    for path, content in generator().pages().items():
        assert path.read_text(encoding="utf-8") == content, f"{path}: run python docs/generate.py"


def pinned() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().split()
    return {name.lower(): number for name, number in (line.split("==") for line in lines)}


def test_pictures_are_not_stale(tmp_path: Path) -> None:
    if version("matplotlib") != pinned()["matplotlib"]:
        pytest.skip("another matplotlib than the pinned one draws other bytes")
    module = generator()
    for path, command in module.PICTURES.items():
        drawn = tmp_path / path.name
        assert module.run(f"{command} -o {drawn}") == ""
        assert drawn.read_bytes() == path.read_bytes(), f"{path}: run python docs/generate.py"


def test_a_stale_output_is_noticed() -> None:
    page = "```console\n$ hermite-gamma --version\nhermite-gamma 0.0.0\n```\n"
    fresh = page.replace("0.0.0", hermite_gamma.__version__)
    assert generator().refreshed(page) == fresh
    assert generator().refreshed(fresh) == fresh


def test_constraints_are_bare_pins_that_name_no_host() -> None:
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][0-9a-z.]*", line), line
    assert pinned()["torch"] == "2.13.0"


def test_constraints_pin_every_dependency_of_the_tests_and_the_documentation() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanted = project["dependencies"] + [
        d for name in ("plot", "nets", "test", "lint", "docs") for d in extras[name]
    ]
    names = {re.match(r"[A-Za-z0-9_-]+", text).group().lower() for text in wanted}  # type: ignore[union-attr]
    assert names - {"hermite-gamma"} <= set(pinned())


def test_the_readme_has_the_commands_that_ci_runs() -> None:
    blocks = dict(re.findall(r"<!-- (install|tests) -->\n```bash\n(.*?)\n```", README, re.DOTALL))
    assert "hermite-gamma gamma" in blocks["install"]
    assert "pytest" in blocks["tests"]
    assert "readme_command tests" in (ROOT / ".ci" / "run").read_text()


def test_links_lead_somewhere() -> None:
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        # what programs print and mathematics are no Markdown: kappa[phi](rho) is no link
        text = re.sub(r"```.*?```|\$[^$]*\$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_page_is_in_the_contents() -> None:
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^([a-z-]+)$", index, re.MULTILINE))
    assert {page.stem for page in (ROOT / "docs").glob("*.md")} - {"index"} <= listed


def test_one_version() -> None:
    citation = (ROOT / "CITATION.cff").read_text()
    assert f"version: {hermite_gamma.__version__}\n" in citation
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["project"]["dynamic"] == ["version"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "hermite_gamma.__version__"}


def test_the_paper_can_be_cited() -> None:
    assert "@inproceedings{bombari2024," in (ROOT / "docs" / "references.bib").read_text()
    for page in (ROOT / "docs").glob("*.md"):
        for key in re.findall(r"\[([a-z]+[0-9]{4}[a-z]?)\]", page.read_text(encoding="utf-8")):
            assert f"{{{key}," in (ROOT / "docs" / "references.bib").read_text(), (page.name, key)
