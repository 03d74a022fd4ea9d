"""The package as a whole: what it exports, its stubs, its examples."""

from __future__ import annotations

import inspect
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import bailiwick
import pytest
from bailiwick import _native

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "bindings-python" / "python" / "bailiwick"
EXAMPLES = sorted((ROOT / "examples" / "python").glob("*.py"))


def test_version_is_the_workspace_s() -> None:
    cargo = re.search(r'^\[workspace\.package\]\nversion = "(.+)"', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)
    assert cargo
    assert metadata.version("bailiwick") == cargo[1]


def test_panics_unwind() -> None:
    """An aborting panic cannot be made a deny."""
    assert not re.search(r'panic\s*=\s*"abort"', (ROOT / "Cargo.toml").read_text())


def test_nothing_is_required() -> None:
    assert all("extra ==" in requirement for requirement in metadata.requires("bailiwick") or [])


def test_everything_public_shows_itself_in_use() -> None:
    missing = []
    for name in bailiwick.__all__:
        item = getattr(bailiwick, name)
        members = (
            [member for key, member in vars(item).items() if not key.startswith("_")] if inspect.isclass(item) else []
        )
        shown = [
            item,
            *(member for member in members if callable(member) or isinstance(member, (property, classmethod))),
        ]
        missing += [f"{name}: {member}" for member in shown if ">>>" not in (inspect.getdoc(member) or "")]
    assert not missing


def test_the_engine_is_private() -> None:
    assert not [name for name in bailiwick.__all__ if getattr(bailiwick, name).__module__.endswith("_native")]
    for name in _native.__all__:
        assert getattr(_native, name).__module__ == "bailiwick._native"


def program(name: str) -> str:
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def test_stubs_are_those_of_the_module(tmp_path: Path) -> None:
    """If this fails: `maturin generate-stubs --out bindings-python/python`."""
    if shutil.which("cargo") is None:
        pytest.skip("cargo is not installed")
    command = [program("maturin"), "generate-stubs", "--quiet", "--out", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    made = (tmp_path / "bailiwick" / "_native.pyi").read_text(encoding="utf-8")
    assert made == (PACKAGE / "_native.pyi").read_text(encoding="utf-8")


def test_types_hold() -> None:
    pytest.importorskip("mypy")
    result = subprocess.run([sys.executable, "-m", "mypy"], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout
    stubs = [sys.executable, "-m", "mypy.stubtest", "bailiwick._native"]
    result = subprocess.run(stubs, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout


def test_style_holds() -> None:
    for command in (["check"], ["format", "--check"]):
        result = subprocess.run([program("ruff"), *command], cwd=ROOT, capture_output=True, text=True)
        assert result.returncode == 0, result.stdout


def test_there_are_examples() -> None:
    assert EXAMPLES


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_runs_and_prints_what_it_says(path: Path) -> None:
    """An example ends in comments with what it prints."""
    result = subprocess.run([sys.executable, "-W", "error", path], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    _, _, said = path.read_text(encoding="utf-8").partition("\n# Prints:\n")
    expected = [line.removeprefix("#").removeprefix(" ") for line in said.splitlines()]
    assert expected
    assert result.stdout.splitlines() == expected
