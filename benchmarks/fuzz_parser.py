"""Fuzz the parser of typed formulas: 120,000 inputs, each accepted or refused within 2 s, and nothing else.

Inputs are random words of the language, mutations of valid and of hostile formulas, functions nested at
random, and arbitrary Unicode. An audit hook watches the interpreter: a file opened, code run or compiled
(other than the syntax tree of a formula), a module imported or a process started during a parse is a failure,
and so is any exception that is not the package's own. Times are process times, so that other work on the
machine does not count. One accepted formula in five is printed and read back.

    python benchmarks/fuzz_parser.py [--count 120000] [--seed 1]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from random import Random
from typing import Any

from hermite_gamma import catalog
from hermite_gamma.errors import HermiteGammaError
from hermite_gamma.parsing import parse, to_text
from hermite_gamma.typed.functions import FUNCTION_NAMES

LIMIT = 2.0
HOSTILE = (
    "x.__class__", "().__class__.__bases__[0].__subclasses__()", "__import__('os').system('id')",
    "(lambda: 1)()", "lambda x: x", "f'{x}'", 'f"{().__class__}"', "(y := 1)", "x := 2", "9**9**9**9",
    "9^9^9^9", "exp(exp(exp(exp(9))))", "1e400", "-1e-400", "1e999999999", "9" * 5000, "0." + "3" * 5000,
    "(" * 10_000 + "x" + ")" * 10_000, "(" * 90 + "x" + ")" * 90, "[" * 200, "-" * 5000 + "x",
    "not " * 200 + "x", "x**" * 200 + "x", "x+" * 5000 + "x", "x*" * 5000 + "x", "class", "import os",
    "None", "True", "yield x", "await x", "async", "print(x)", "eval('1')", "exec(x)", "open(x)",
    "\u0445 + 1", "x \u2212 1", "\uff58", "x\u00b2", "\u03c0*x", "x\x00", "\x00", "\ud800", "x\u200b",
    "x\u202e+1", "#x", "x;x", "x\\\n", "{x}", "[x for x in x]", "x[0]", "x if x else 1", "*x", "relu(*x)",
    "relu(**x)", "relu(x, **x)", "1j", "0x10", "1_000", "1/0", "0/0", "0^-1", "sqrt(-1)", "log(-1)",
    "log(0)", "asin(2)", "tan(pi/2)", "1/(x - x)", "(1/3)^64^64", "((1 + 1e-300)^64)^64", "x^x^x^x^x",
    "Max(exp(exp(exp(9))), x)", "where(exp(exp(exp(9))) > 1, x, 1)", "sin(10^300)", "exp(10^300)",
    "1/(sqrt(2) + sqrt(3) - sqrt(5 + 2*sqrt(6)))", "softmax(x)", "glu(x)", "h65", "He999",
    "where(x == 0, 1, x)",
    "where(where(x > 0, 1, 2) > 1, 1, 2)", "[1" + ", 1" * 64 + "]", "[1" + ", 1" * 65 + "]",
    "tanh(2*csch(x*csch(csch(x^2*tan(2*sqrt(x + 1/3))))))", "silu(" * 7 + "1/3" + ")" * 7,
    "mish(1/3 + " * 7 + "x" + ")" * 7, "gelu_tanh(" * 5 + "x + 1/7" + ")" * 5,
    "Abs(" + "*".join(f"(log({k} + x) + sqrt(x - {k}))" for k in range(200)) + ")",
    "Max(" + ", ".join(f"h{5 * k + 1}({k}*x + 1/3)" for k in range(12)) + ")",
    "Piecewise(" + "".join(f"(1, (sin(x) > {k}) & (cos(x) < {k}))," for k in range(60)) + "(x, True))",
    "+".join(f"asin(sin({k}^20 + 1/3))" for k in range(1, 200)), "x + (1." + "3" * 2400 + ")^(63/64)",
    "+".join(f"tanh({k}*x)" for k in range(2500)),
)  # fmt: skip
VALID = (
    "x*atan(x) + 0.1", "where(-1 < x <= 1/3, x^2, 0)", "leaky_relu(tanh(x), negative_slope=1/5)", "h1 + h4",
    "2*h2(x/2) - He3", "[0, 1, 1/2, sqrt(2)]", "exp(-1000*(x - 3/7)^2)", "1/(1 + 100*(x - 1/3)^2)",
    "Max(x, exp(x) - 1/3)", "Abs(x - pi/7)*tanh(x)", "softplus(x, beta=2)",
    "threshold(x, threshold=1/10, value=2)",
    "Piecewise((0, x < 0), (x, (x >= 0) & (x < 1)), (1, True))", "Heaviside(x - 1)*x", "clip(x, -1, 2)",
    "where(x < 0 or x > sqrt(2) and not x > 3, sin(x), cos(x))", "sqrt(1 + x^2) - 1", "log1p(exp(-abs(x)))",
    "cbrt(x)", "x^(1/3)", "2^x", "e^(-x^2/2)", "normal_pdf(x)*x", "erfc(-x/sqrt(2))/2", "sin(x)/x",
    "x/expm1(x)", "1/(1 + e**-x)", ".5*x - 2.*x + 1e-3", "Min(1, Max(-1, x))", "sign(x)*max(abs(x) - 1/2, 0)",
)  # fmt: skip
WORDS = (
    "x", "x", "x", "1", "2", "1/3", "0.5", "1e-3", "pi", "e", "h2", "He3", "(", "(", ")", ")", "+", "-", "*",
    "/", "^", "**", ",", "<", ">", "<=", "==", "=", " and ", " or ", " not ", "&", "|", "~", "[", "]",
    "sqrt(2)", "negative_slope=", "beta=", "alpha=", "True", "lambda", "if", ".", "__class__", "'", ":", "\n",
    "64", "65", "1e300", "1e-300", "9999999999", "0",
)  # fmt: skip
STEPS = (
    "",
    "1/3 + ",
    "x*",
    "x + ",
    "-",
    "2*",
    "x^2*",
    "sqrt(2) + ",
    "1 + x*",
    "3^",
    "x^2 - ",
    "1/(1 + x^2) + ",
)
FORBIDDEN = ("open", "exec", "import", "os.", "subprocess.", "socket.", "shutil.", "ctypes.", "pty.", "code.")


class Watch:
    """An audit hook: collects what the interpreter does while it is armed."""

    def __init__(self) -> None:
        self.armed = False
        self.events: Counter[str] = Counter()

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.armed:
            return
        if event.startswith(FORBIDDEN) or (event == "compile" and arguments[1] != "<formula>"):
            self.events[f"{event} {arguments[:2]!r}"[:120]] += 1


def random_words(rng: Random, names: tuple[str, ...]) -> str:
    words = [
        f"{rng.choice(names)}(" if rng.random() < 0.25 else rng.choice(WORDS)
        for _ in range(rng.randint(1, 25))
    ]
    text = "".join(words)
    return text + ")" * max(0, text.count("(") - text.count(")")) if rng.random() < 0.6 else text


def nested(rng: Random, names: tuple[str, ...]) -> str:
    pool = rng.sample(names, rng.choice((1, 2, 3, 6)))
    depth = rng.randint(1, 20)
    text = "".join(f"{rng.choice(pool)}({rng.choice(STEPS)}" for _ in range(depth))
    return text + rng.choice(("x", "x", "1/3", "h3")) + ")" * depth


def combined(rng: Random, names: tuple[str, ...], depth: int) -> str:
    """Return a well-formed formula: every operator and every function of one argument."""
    if depth == 0 or rng.random() < 0.15:
        return rng.choice(("x", "x", "1/3", "sqrt(2)", "pi/7", "2", "h3", "0.1", "(x - 1/3)"))
    a, b = combined(rng, names, depth - 1), combined(rng, names, depth - 1)
    kind = rng.randrange(8)
    if kind < 3:
        return f"{rng.choice(names)}({a})"
    if kind < 5:
        return f"({a}){rng.choice('+-*/')}({b})"
    if kind == 5:
        return f"({a})^{rng.choice(('2', '3', '-1', '(1/2)', '(2/3)', '7'))}"
    if kind == 6:
        return f"{rng.choice(('Max', 'Min'))}({a}, {b})"
    relation, bound = rng.choice(("<", "<=", ">", ">=")), rng.choice(("0", "1/3", "sqrt(2)", "x"))
    return f"where({a} {relation} {bound}, {a}, {b})"


def mutated(rng: Random, text: str, other: str) -> str:
    for _ in range(rng.randint(1, 4)):
        i, j = sorted(rng.randrange(len(text) + 1) for _ in range(2))
        match rng.randrange(6):
            case 0:
                text = text[:i] + text[j:]
            case 1:
                text = text[:j] + text[i:j] * rng.choice((1, 1, 2, 20)) + text[j:]
            case 2:
                text = text[:i] + rng.choice(WORDS) + text[i:]
            case 3:
                k = rng.randrange(len(other) + 1)
                text = text[:i] + other[k:]
            case 4:
                text = (
                    text[:i]
                    + chr(rng.choice((rng.randrange(128), rng.randrange(0x3000), rng.randrange(0x110000))))
                    + text[j:]
                )
            case _:
                text = text[:i] + f"({text[i:j]})" + text[j:]
        text = text[:20_000] or "x"
    return text


def unicode_text(rng: Random) -> str:
    top = rng.choice((128, 256, 0x500, 0x3000, 0x110000))
    return "".join(chr(rng.randrange(top)) for _ in range(rng.randint(0, 30)))


def inputs(rng: Random, count: int) -> Any:
    unary = tuple(
        name
        for name in (*FUNCTION_NAMES, *catalog.ACTIVATIONS, "h2", "He5")
        if name not in ("where", "Piecewise", "clip", "threshold")
    )
    formulas = [*VALID, *(entry.formula for entry in catalog.ACTIVATIONS.values()), *catalog.ACTIVATIONS]
    corpus = [*formulas, *HOSTILE]
    yield from corpus
    for _ in range(count - len(corpus)):
        match rng.randrange(20):
            case 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7:
                yield random_words(rng, unary)
            case 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15:
                yield mutated(
                    rng, rng.choice(formulas if rng.random() < 0.8 else corpus), rng.choice(formulas)
                )
            case 16:
                yield nested(rng, unary)
            case 17 | 18:
                yield combined(rng, unary, rng.choice((1, 2, 3)))
            case _:
                yield unicode_text(rng)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--count", type=int, default=120_000)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    rng = Random(given.seed)

    for text in (*VALID, *(entry.formula for entry in catalog.ACTIVATIONS.values() if not entry.parameters)):
        to_text(parse(text))  # loads what SymPy loads late
    watch = Watch()
    sys.addaudithook(watch)

    outcomes: Counter[str] = Counter()
    slowest: list[tuple[float, str, str]] = []
    changed: list[str] = []
    start = time.process_time()
    for text in inputs(rng, given.count):
        watch.armed = True
        begun = time.process_time()
        expr = None
        try:
            expr = parse(text)
            outcome = "accepted"
        except HermiteGammaError as error:
            outcome = type(error).__name__
            if "\n" in str(error):
                raise AssertionError(f"an error of more than one line for {text!a}") from error
        spent = time.process_time() - begun
        watch.armed = False
        outcomes[outcome] += 1
        if sum(outcomes.values()) % 10_000 == 0:
            print(f"{sum(outcomes.values())} ...", file=sys.stderr, flush=True)
        slowest = sorted([*slowest, (spent, outcome, text)], reverse=True)[:5]
        if expr is not None and outcomes[outcome] % 5 == 0:
            try:
                if parse(to_text(expr)) != expr:
                    changed.append(text)
            except HermiteGammaError as error:
                changed.append(f"{text}   [{error}]")
    total = time.process_time() - start

    print(f"{sum(outcomes.values())} inputs in {total:.0f} s: {dict(outcomes.most_common())}")
    for spent, outcome, text in slowest:
        print(f"  {spent:.2f} s, {outcome}: {text[:100]!a}")
    print(f"printed and read back differently: {len(changed)} of {outcomes['accepted'] // 5}")
    for text in changed[:10]:
        print(f"  {text[:300]!a}")
    print(f"forbidden events: {dict(watch.events.most_common(10))}")
    assert slowest[0][0] < LIMIT, f"an input took {slowest[0][0]:.2f} s"
    assert not watch.events
    assert not changed


if __name__ == "__main__":
    main()
