"""What a user may change about an experiment, and what is refused before any work."""

from __future__ import annotations

from dataclasses import fields
from fractions import Fraction
from pathlib import Path

import pytest

from hermite_gamma.errors import BadInput, MissingExtra, UnknownName
from hermite_gamma.experiments import preparing
from hermite_gamma.experiments.options import DATA_VARIABLE, EFFORTS, Options
from hermite_gamma.experiments.table import EXPERIMENTS, Experiment, experiment

GENERAL = {"effort", "seed", "workers", "data_dir"}
EVERYTHING = frozenset(f.name for f in fields(Options)) - GENERAL


def test_each_effort_has_its_own_size() -> None:
    assert [Options(effort=effort).pick(1, 2, 3) for effort in EFFORTS] == [1, 2, 3]
    with pytest.raises(UnknownName, match="did you mean quick"):
        Options(effort="quik")


def test_every_option_that_an_experiment_accepts_exists() -> None:
    for each in EXPERIMENTS.values():
        assert each.accepts <= EVERYTHING, each.name


def test_what_an_experiment_does_not_take_is_refused_and_what_it_takes_is_named() -> None:
    options = Options(frame=4, seed=3, workers=2)
    options.require("networks", {"frame"})
    with pytest.raises(BadInput, match=r"^toy takes no --frame; it takes --dim, --label-noise$"):
        options.require("toy", {"dim", "label_noise"})
    with pytest.raises(BadInput, match="it takes none"):
        options.require("toy", ())


def test_an_unknown_experiment_is_refused_with_the_nearest_and_all() -> None:
    with pytest.raises(BadInput, match=r"did you mean rf-alignment.*allowed: rf-alignment"):
        experiment("rf_alignment")


def test_the_data_folder_is_the_option_before_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATA_VARIABLE, "named")
    assert Options().folder() == Path("named")
    assert Options(data_dir=Path("given")).folder() == Path("given")
    monkeypatch.delenv(DATA_VARIABLE)
    with pytest.raises(BadInput, match=f"--data-dir DIR, or set {DATA_VARIABLE}"):
        Options().folder()


TOY = Experiment("toy", "a toy", "toy", EVERYTHING)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (Options(activations=("relu", "geluu")), r"unknown activation 'geluu'; did you mean gelu"),
        (Options(dataset="mnst"), r"unknown data set 'mnst'; did you mean mnist\? \(allowed: mnist"),
        (Options(dataset="mnist", classes=("1", "12")), r"unknown class of mnist \(0, 1, .*, 9\) '12'"),
        (
            Options(dataset="mnist", classes=("3", "3")),
            r"class 3 is named twice in 3, 3: give two different classes of mnist \(allowed: 0, 1, ",
        ),
        (Options(noise="gauss"), r"allowed: uniform, gaussian"),
        (Options(preprocessing="center"), r"allowed: raw, scaled, centred"),
        (Options(query="blnk"), r"did you mean blank"),
        (Options(data_dir=Path("not there")), r"--data-dir: 'not there' is no folder"),
    ],
    ids=str,
)
def test_bad_choices_are_refused_before_any_work(options: Options, message: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=message):
        preparing.prepare(TOY, options, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_good_choices_make_the_folder(tmp_path: Path) -> None:
    options = Options(activations=("x*atan(x)",), dataset="cifar10", classes=("cats", "8"), query="blank")
    preparing.prepare(TOY, options, tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path, what in ((tmp_path / "file", "it"), (tmp_path / "file" / "below" / "it", r"'.*/file'")):
        with pytest.raises(BadInput, match=f"cannot write into '.*': {what} is a file, not a folder$"):
            preparing.prepare(TOY, Options(), path)


def test_default_alphas_that_the_dimension_is_too_small_for() -> None:
    usual = (Fraction(1, 4), Fraction(1, 2))
    assert Options().shares(usual, 4) == usual
    with pytest.raises(
        BadInput,
        match=r"without --alphas the alphas are 1/4, 1/2, and .*give --alphas 1/2 or a larger --dim$",
    ):
        Options().shares(usual, 2)
    # those that were asked for are judged where they are used
    assert Options(alphas=(Fraction(1, 2),)).shares(usual, 2) == (Fraction(1, 2),)


def test_what_is_not_installed_is_named_with_its_extra(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    nets = Experiment("toy", "a toy", "toy", EVERYTHING, ("nets",))
    monkeypatch.setattr(preparing, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match="toy needs the extra 'nets'"):
        preparing.prepare(nets, Options(), tmp_path)
    preparing.prepare(TOY, Options(), tmp_path)
