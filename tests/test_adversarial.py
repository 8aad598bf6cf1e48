"""A small draw of the randomised checks of benchmarks/adversarial.py, which runs 10,000 of them."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


def adversarial() -> ModuleType:
    folder = Path(__file__).parent.parent / "benchmarks"
    if "adversarial" not in sys.modules:
        for name in ("adversarial_grammar", "adversarial_floats", "adversarial"):
            spec = importlib.util.spec_from_file_location(name, folder / f"{name}.py")
            assert spec is not None
            assert spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            sys.modules[name] = module
            spec.loader.exec_module(module)
    return sys.modules["adversarial"]


@pytest.mark.slow
@pytest.mark.parametrize("block", range(6))
def test_a_small_draw_of_the_adversarial_checks(block: int) -> None:
    """benchmarks/adversarial.py runs 10,000 of these."""
    script = adversarial()
    outcomes = [script.check(script.draw(2024, 10 * block + k), max_seconds=1.0) for k in range(10)]
    # "slow" is no failure here: no test asserts a time
    assert [str(o) for o in outcomes if o.verdict not in ("ok", "refused", "slow")] == []
    assert sum(o.verdict == "ok" for o in outcomes) >= 4
