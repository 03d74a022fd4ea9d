"""The README's Python example prints what it says it prints."""

import subprocess
import sys
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"


def test_the_example_prints_what_it_says() -> None:
    code = README.read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
    said = [line.removeprefix("# ") for line in code.split("# Prints:\n")[1].splitlines()]
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said
    assert run.stdout.splitlines() == said
