"""Every line of the derivation of every catalogue entry, and of typed activations, checks."""

from __future__ import annotations

import pytest

import hermite_gamma as hg
from hermite_gamma.catalog import ACTIVATIONS
from hermite_gamma.derivation import tex, text
from hermite_gamma.derivation.derive import derive

ILLUSTRATED = {key: {p.name: p.illustration for p in e.parameters} for key, e in ACTIVATIONS.items()}
TYPED = ("max(x, 1/3)", "x**2*exp(-x)", "x*sin(x)", "where(x < 1, exp(x/2), x**2)", "x*erf(x)", "3 + 2*x")


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_line_of_the_catalogue_checks(name: str) -> None:
    phi = hg.activation(name, **ILLUSTRATED[name])
    found = derive(phi)
    lines = [checked for section in found.sections for checked in section.lines]
    assert lines
    assert [section.title for section in found.sections][-3:] == [
        "Hermite coefficients",
        "Dual kernel",
        "Alignment constants",
    ]
    assert text.render(found)
    assert tex.render(found)


@pytest.mark.parametrize("spec", TYPED)
def test_typed_activations(spec: str) -> None:
    found = derive(spec)
    assert found.sections[-3].lines
