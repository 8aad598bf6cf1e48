"""Statements as values: hypotheses, a claim that is shown and evaluated, evidence, and wrong variants.

A `Statement` is checked once, when it is built: the formula uses exactly the declared variables and
quantities, every reference is there, ids are unique, and what it declares does not exceed what its evidence
may give.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field, replace
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Any

import sympy as sp

from proofs_check.claim import Claim as Claim  # noqa: PLC0414
from proofs_check.claim import Relation as Relation  # noqa: PLC0414
from proofs_check.domains import Domain
from proofs_check.formula import Quantity, latex
from proofs_check.verdict import Verdict

if TYPE_CHECKING:
    from proofs_check.evidence.base import Evidence

Instance = Mapping[str, Any]


class InvalidStatement(ValueError):
    """A statement contradicts itself, or leaves out what a reader needs."""


class Status(Enum):
    """What is known about a statement apart from the checks here; `.strongest` caps the verdict.

    >>> Status.HEURISTIC.strongest
    <Verdict.SUPPORTED: 'SUPPORTED'>
    """

    strongest: Verdict

    def __new__(cls, words: str, strongest: Verdict) -> Status:
        status = object.__new__(cls)
        status._value_ = words
        status.strongest = strongest
        return status

    EXACT = ("exact", Verdict.PROVED)
    """An identity or inequality that holds as it stands, with a proof in the reference or in the note."""
    LIMIT = ("limit", Verdict.SUPPORTED)
    """A theorem about a limit: simulation at finite size can support it, and no more."""
    HEURISTIC = ("heuristic", Verdict.SUPPORTED)
    """A formula derived without proof (deterministic equivalent): agreement supports it, and no more."""
    MECHANISM = ("mechanism", Verdict.SUPPORTED)
    """A qualitative claim of the paper or its failure signature, made quantitative here."""


@dataclass(frozen=True)
class Variable:
    """A variable of a statement with its domain.

    >>> Variable("n", Domain("integers", "Z", lambda v: isinstance(v, int)), "number of samples").symbol
    n
    """

    name: str
    domain: Domain
    meaning: str
    latex: str = ""

    @property
    def symbol(self) -> sp.Symbol:
        """The symbol that stands for the variable in the claim."""
        return sp.Symbol(self.name)


@dataclass(frozen=True)
class Hypothesis:
    """One assumption of a statement, with its predicate.

    Args:
        name: short identifier.
        text: the assumption in words.
        holds: predicate of an instance (a mapping from variable names to values).
        latex: the assumption in LaTeX; empty when words say it best.
        definedness: whether the claim has no meaning without it (a singular kernel, 0/0). Otherwise
            `counterexamples` must show that it is needed.
        counterexamples: instances on which everything but this hypothesis holds and the claim is REFUTED.
        evidence: position, in the statement's evidence, of the check that refutes the counterexamples.
    """

    name: str
    text: str
    holds: Callable[[Instance], bool]
    _: KW_ONLY
    latex: str = ""
    definedness: bool = False
    counterexamples: tuple[Instance, ...] = ()
    evidence: int = 0


@dataclass(frozen=True)
class Reference:
    """Where a statement comes from: a key of `docs/references.bib` with its locator, or our own proof.

    Args:
        key: bibliography key; "" for a derivation of our own.
        locator: "Theorem 2", "Lemma 4.1", an equation or a section.
        proof: for "derived here": a note from which a reader can redo the proof.

    >>> print(Reference("bombari2024", "Theorem 2"))
    [bombari2024], Theorem 2
    >>> print(Reference(proof="Multiply out."))
    derived here: Multiply out.
    """

    key: str = ""
    locator: str = ""
    proof: str = ""

    def __post_init__(self) -> None:
        if self.key and not self.locator:
            raise InvalidStatement(f"reference {self.key} needs a locator, such as a theorem or section")
        if not self.key and not self.proof.strip():
            raise InvalidStatement("a reference is a bibliography key with its locator, or a proof note")

    def __str__(self) -> str:
        cited = f"[{self.key}], {self.locator}" if self.key else "derived here"
        return f"{cited}: {self.proof}" if self.proof else cited


@dataclass(frozen=True)
class Mutant:
    """A wrong variant of a statement, which the evidence must refute.

    Args:
        name: identifier within the statement.
        text: what is wrong with it.
        left, relation, right: the parts of the claim that are replaced.
        instances: instances to check it on, where those of the statement are blind to it.
        without: names of hypotheses that the variant drops.
        evidence: position, in the statement's evidence, of the check that refutes it.
        notation: quantities of the variant that the statement does not have.
    """

    name: str
    text: str
    _: KW_ONLY
    left: sp.Expr | None = None
    relation: Relation | str | None = None
    right: sp.Expr | None = None
    instances: tuple[Instance, ...] = ()
    without: tuple[str, ...] = ()
    evidence: int = 0
    notation: tuple[Quantity, ...] = ()

    def of(self, claim: Claim) -> Claim:
        """Return the wrong claim."""
        changed: dict[str, Any] = {
            name: getattr(self, name)
            for name in ("left", "relation", "right")
            if getattr(self, name) is not None
        }
        return replace(claim, **changed)


_ID = re.compile(r"[A-Z]+[0-9]+[a-z]?")
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Statement:
    """A statement of the theory with its evidence.

    Args:
        id: permanent, letters and a number, such as "L4".
        title: a few words.
        text: the statement in plain language, one or two sentences.
        variables: the free variables of the claim, with their domains.
        hypotheses: what is assumed of them.
        claim: left side, relation, right side.
        notation: the quantities of the claim.
        references: at least one.
        evidence: at least one check.
        mutants: at least one wrong variant.
        status: what is known apart from the checks; it caps the verdict.
        declared: the verdict that the checks are expected to give.
        version: raised when the claim, its hypotheses or its evidence change.
        note: anything else a reader should know, such as what is outside the claim.

    Raises:
        InvalidStatement: the parts do not fit.
    """

    id: str
    _: KW_ONLY
    title: str
    text: str
    variables: tuple[Variable, ...]
    claim: Claim
    notation: tuple[Quantity, ...] = ()
    hypotheses: tuple[Hypothesis, ...] = ()
    references: tuple[Reference, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    mutants: tuple[Mutant, ...] = ()
    status: Status = Status.EXACT
    declared: Verdict = Verdict.PROVED
    version: int = 1
    note: str = ""
    source: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        problem = next(iter(_problems(self)), None)
        if problem:
            raise InvalidStatement(f"statement {self.id or '(no id)'}: {problem}")

    @property
    def quantified_over_activations(self) -> bool:
        """Whether the statement can be checked on an activation of the user's own."""
        return any(v.name == "phi" for v in self.variables)

    @cached_property
    def by_name(self) -> Mapping[str, Quantity]:
        """The quantities by name, those of the mutants included."""
        return {q.name: q for q in (*self.notation, *(q for m in self.mutants for q in m.notation))}

    @property
    def latex(self) -> str:
        """The claim in LaTeX, without delimiters."""
        return self.latex_of(self.claim)

    def latex_of(self, claim: Claim) -> str:
        """Return a claim in the notation of this statement, in LaTeX."""
        names = {v.symbol: v.latex for v in self.variables if v.latex}
        quantities = tuple(self.by_name.values())
        sides = [latex(side, quantities, names) for side in (claim.left, claim.right)]
        return f"{sides[0]} {claim.sign.latex} {sides[1]}"

    def outside(self, instance: Instance, without: Iterable[str] = ()) -> str | None:
        """Return the name of the first hypothesis that an instance violates, None when all hold.

        Definedness comes before the rest, and no variant may drop it silently.

        Raises:
            InvalidStatement: the instance does not give a value of its domain to every variable.
        """
        self.check_instance(instance)
        dropped = frozenset(without)
        for hypothesis in self.hypotheses:
            if hypothesis.name not in dropped and not hypothesis.holds(instance):
                return hypothesis.name
        return None

    def check_instance(self, instance: Instance) -> None:
        """Raise InvalidStatement unless every variable, and nothing else, has a value in its domain."""
        names = {v.name for v in self.variables}
        if set(instance) != names:
            odd = sorted(set(instance) ^ names)
            raise InvalidStatement(f"statement {self.id}: instance and variables differ in {', '.join(odd)}")
        for variable in self.variables:
            value = instance[variable.name]
            free = isinstance(value, sp.Expr) and bool(value.free_symbols)
            if not free and value not in variable.domain:
                wrong = f"{variable.name} = {value!r} is not among the {variable.domain.text}"
                raise InvalidStatement(f"statement {self.id}: {wrong}")


def _problems(s: Statement) -> Iterable[str]:
    """Yield what is wrong with a statement, the first things first."""
    if not _ID.fullmatch(s.id):
        yield f"an id is capital letters and a number, such as L4, got {s.id!r}"
    for name in ("variables", "notation", "hypotheses", "references", "evidence", "mutants"):
        if not isinstance(getattr(s, name), tuple):
            yield f"{name} must be a tuple (a comma is needed after a single entry)"
            return
    for name in ("title", "text"):
        if not getattr(s, name).strip():
            yield f"{name} is missing"
    if not s.references:
        yield 'a reference is missing: a bibliography key with its locator, or a "derived here" proof note'
    if not s.evidence:
        yield "evidence is missing"
    if not s.mutants:
        yield "a mutant is missing: every statement has a wrong variant that its evidence refutes"
    if s.version < 1:
        yield f"version must be at least 1, got {s.version}"
    for kind, names in (
        ("variable", [v.name for v in s.variables]),
        ("hypothesis", [h.name for h in s.hypotheses]),
        ("mutant", [m.name for m in s.mutants]),
    ):
        yield from (
            f"{kind} {name} occurs twice" for name in sorted({n for n in names if names.count(n) > 1})
        )
        if kind != "variable":
            yield from (
                f"{kind} {n!r}: a name is lower-case words joined by -"
                for n in names
                if not _NAME.fullmatch(n)
            )
    yield from _notation_problems(s)
    yield from _hypothesis_problems(s)
    for mutant in s.mutants:
        if not 0 <= mutant.evidence < max(1, len(s.evidence)):
            yield f"mutant {mutant.name} points at evidence {mutant.evidence} of {len(s.evidence)}"
        unknown = set(mutant.without) - {h.name for h in s.hypotheses}
        if unknown:
            yield f"mutant {mutant.name} drops unknown hypotheses: {', '.join(sorted(unknown))}"
        changes = (mutant.left, mutant.relation, mutant.right)
        if not mutant.without and all(change is None for change in changes):
            yield f"mutant {mutant.name} changes nothing"
        elif not mutant.without and mutant.of(s.claim) == s.claim:
            yield f"mutant {mutant.name} is the claim itself"
    if s.declared is Verdict.REFUTED or s.declared is Verdict.NOT_APPLICABLE:
        yield f"declared must be a verdict that passes, or UNDECIDED, got {s.declared.value}"
    if s.declared.exceeds(s.status.strongest):
        yield f"a {s.status.value} statement is {s.status.strongest.value} at best, not {s.declared.value}"
    if s.evidence and not any(not s.declared.exceeds(e.kind.strongest) for e in s.evidence):
        yield f"no evidence can give {s.declared.value}"


def _notation_problems(s: Statement) -> Iterable[str]:
    names = [q.name for q in s.notation]
    yield from (f"quantity {n} occurs twice" for n in sorted({n for n in names if names.count(n) > 1}))
    declared = {v.name for v in s.variables}
    free = s.claim.symbols
    if free != declared:
        missing, unused = sorted(free - declared), sorted(declared - free)
        yield "; ".join(
            [f"the claim uses undeclared variables: {', '.join(missing)}"] * bool(missing)
            + [f"variables that the claim does not use: {', '.join(unused)}"] * bool(unused)
        )
    if s.claim.quantities != set(names):
        odd = sorted(s.claim.quantities ^ set(names))
        yield f"quantities of the claim and of the notation differ in {', '.join(odd)}"
    for mutant in s.mutants:
        wrong = mutant.of(s.claim)
        if not wrong.symbols <= declared:
            odd = sorted(wrong.symbols - declared)
            yield f"mutant {mutant.name} uses undeclared variables: {', '.join(odd)}"
        known = set(names) | {q.name for q in mutant.notation}
        if not wrong.quantities <= known:
            odd = sorted(wrong.quantities - known)
            yield f"mutant {mutant.name} uses undeclared quantities: {', '.join(odd)}"


def _hypothesis_problems(s: Statement) -> Iterable[str]:
    count = len(s.evidence)
    for hypothesis in s.hypotheses:
        if hypothesis.definedness and hypothesis.counterexamples:
            yield f"hypothesis {hypothesis.name} is a definedness condition and has counterexamples"
        if not hypothesis.definedness and not hypothesis.counterexamples:
            yield f"hypothesis {hypothesis.name} needs counterexamples, or is a definedness condition"
        if not 0 <= hypothesis.evidence < max(1, count):
            yield f"hypothesis {hypothesis.name} points at evidence {hypothesis.evidence} of {count}"
