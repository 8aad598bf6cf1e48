"""Wrong edits of the formulas in `hermite_gamma`: what the statements of `proofs_check` must notice.

Each names a file of the package, the text that stands there once, and what replaces it. None of them makes
the package fail to import: they are the slips that a reader would not see.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Edit:
    """One wrong edit: the first occurrence of `old` in `file` becomes `new`."""

    name: str
    file: str
    old: str
    new: str
    slip: str


EDITS = (
    # Hermite polynomials and coefficients
    Edit(
        "hermite-norm",
        "hermite.py",
        "Add(*terms) / sqrt(factorial(level))",
        "Add(*terms) / factorial(level)",
        "l! for sqrt(l!)",
    ),
    Edit(
        "hermite-sign", "hermite.py", "(-1) ** m * factorial(level)", "factorial(level)", "sign of the terms"
    ),
    Edit(
        "stein-shift",
        "hermite.py",
        "sqrt(Integer(level + 1)) * above",
        "sqrt(Integer(level)) * above",
        "sqrt(l) for sqrt(l+1)",
    ),
    Edit(
        "jump-sign",
        "hermite.py",
        "above - jump_term(act.pieces, level)",
        "above + jump_term(act.pieces, level)",
        "sign of the jump term",
    ),
    Edit(
        "resolvent-recurrence",
        "exact/arctangent.py",
        "self.domain.convert(2 * k + 1) + self._square",
        "self.domain.convert(2 * k - 1) + self._square",
        "2k-1 for 2k+1",
    ),
    Edit("cross-terms-once", "exact/linear_dual.py", "(1 if a is b else 2)", "1", "cross terms counted once"),
    # the constants
    Edit(
        "paper-bound-level-0",
        "gamma.py",
        "(n0 / (s1 + m1), n1 / (s0 + m0)),\n        (n0 / s1, n1 / s0),",
        "(n0 / s1, n1 / s0),\n        (n0 / s1, n1 / s0),",
        "level 1 left out of the paper's denominator",
    ),
    Edit(
        "upper-bound-weight",
        "gamma.py",
        "(a * mu + top) / (mu + total)",
        "(mu + top) / (mu + total)",
        "alpha missing at level 1",
    ),
    Edit(
        "rf-first-level",
        "gamma.py",
        "proved = sums(act.pieces, 2, a, wanted, Limits(max_bits, max_seconds))",
        "proved = sums(act.pieces, 3, a, wanted, Limits(max_bits, max_seconds))",
        "sums start at 3",
    ),
    Edit(
        "dual-odd-end",
        "dual.py",
        'sign = -1 if r == -1 and act.parity == "odd" else 1',
        "sign = 1",
        "sign of the kernel of an odd phi at -1",
    ),
    # level weights and the fixed point
    Edit(
        "ntk-shift",
        "equivalent/expansion.py",
        "balls = [arb(0), *balls]",
        "balls = [*balls]",
        "NTK levels not shifted",
    ),
    Edit(
        "tail-dropped",
        "equivalent/expansion.py",
        "(mass[0] + low, mass[1] + high)",
        "(mass[0], mass[1])",
        "Parseval tail left out of the mass",
    ),
    Edit(
        "multiplicity-power",
        "equivalent/multiplicity.py",
        "    return comb(dim + level - 1, level)\n\n\ndef sphere",
        "    return dim**level\n\n\ndef sphere",
        "d^l for C(d+l-1, l)",
    ),
    Edit(
        "multiplicity-sphere",
        "equivalent/multiplicity.py",
        "- (comb(dim + level - 3, level - 2) if level >= 2 else 0)",
        "- (comb(dim + level - 2, level - 2) if level >= 2 else 0)",
        "index in the sphere's multiplicity",
    ),
    Edit(
        "multiplicity-cube",
        "equivalent/multiplicity.py",
        "    return comb(dim, level)\n",
        "    return comb(dim + level - 1, level)\n",
        "Gaussian multiplicity on the hypercube",
    ),
    Edit(
        "share-shift",
        "equivalent/spectrum.py",
        "float(split.alpha) ** np.arange(top + 1)",
        "float(split.alpha) ** np.arange(1, top + 2)",
        "alpha^(l+1) for alpha^l",
    ),
    Edit(
        "kappa-2n",
        "equivalent/fixed_point.py",
        "return np.log(numbers / value), slope / value",
        "return np.log(2 * numbers / value), slope / value",
        "2N in the equation of kappa",
    ),
    Edit(
        "width-equation",
        "equivalent/fixed_point.py",
        "np.log(second / features)",
        "np.log(second)",
        "1/k missing",
    ),
    Edit(
        "root-sign",
        "equivalent/proportional.py",
        "return 2 * r / (middle + root) if middle > 0 else (root - middle) / 2",
        "return 2 * r / (middle + root) if middle > 0 else (root + middle) / 2",
        "sign in the root t (c small)",
    ),
    Edit(
        "learned-ratio",
        "equivalent/proportional.py",
        "    middle = 1 + r * (c - 1)\n    root",
        "    middle = 1 + r * c\n    root",
        "c for c-1 in the quadratic",
    ),
    Edit(
        "proportional-symbolic",
        "equivalent/proportional.py",
        "    middle = 1 + r * (c - 1)\n    t =",
        "    middle = 1 - r * (c - 1)\n    t =",
        "sign in the symbolic quadratic",
    ),
    Edit(
        "plateau-shift",
        "equivalent/limits.py",
        "source.sums_above(level, a)",
        "source.sums_above(level + 1, a)",
        "plateau of the next level",
    ),
    Edit(
        "sd-factor",
        "equivalent/fluctuations.py",
        "(1 - alpha) * _slope(degrees, alpha) ** 2 / split.dim",
        "_slope(degrees, alpha) ** 2 / split.dim",
        "1-alpha missing in Var F",
    ),
    Edit(
        "sd-pairs",
        "equivalent/fluctuations.py",
        "- 4 * g * whole * inside",
        "- 2 * g * whole * inside",
        "2g for 4g in the resolvent part of Var F",
    ),
    # memorisation
    Edit(
        "unlearned-square",
        "equivalent/memorisation.py",
        "((1 - learned) ** 2 * c**2).sum()",
        "((1 - learned) * c**2).sum()",
        "(1-L) for (1-L)^2 in the risk",
    ),
    Edit(
        "risk-factor",
        "equivalent/memorisation.py",
        "return state.samples / state.excess * irreducible",
        "return irreducible",
        "the factor 1/(1-..) of the risk",
    ),
    Edit(
        "covariance-learned",
        "equivalent/memorisation.py",
        "teacher.variance - float((learned * c**2)[1:].sum())",
        "teacher.variance",
        "Cov = gamma Var g",
    ),
    Edit(
        "bound-root",
        "equivalent/memorisation.py",
        "bound=gain * float(np.sqrt(risk * teacher.variance))",
        "bound=gain * risk * teacher.variance",
        "sqrt missing in the bound",
    ),
    Edit(
        "spurious-pull",
        "equivalent/memorisation.py",
        "gain * (answers - mean), np.sign(answers)",
        "gain * answers, np.sign(answers)",
        "g for g - f_{-1} in the spurious prediction",
    ),
    Edit(
        "identity-level",
        "equivalent/identity.py",
        "total += subsets * sum(signs, Fraction(0))",
        "total += sum(signs, Fraction(0))",
        "hypergeometric weights of the block dropped",
    ),
    # simulation
    Edit(
        "training-for-loo",
        "simulation/solving.py",
        "                    a[:probes] / diagonal,",
        "                    ridge * a[:probes],",
        "training error for leave-one-out error",
    ),
    Edit(
        "h-ridge",
        "simulation/solving.py",
        "h: Double = 1 / diagonal - self._ridge",
        "h: Double = 1 / diagonal",
        "ridge kept in h",
    ),
    Edit(
        "alignment-ridge",
        "simulation/solving.py",
        "return np.asarray(raw * (ridge + h) / h)",
        "return raw",
        "(lam + h)/h missing in F",
    ),
    Edit(
        "train-prediction",
        "simulation/solving.py",
        "                    g - ridge * a,\n                    spurious @ a,",
        "                    g + ridge * a,\n                    spurious @ a,",
        "sign of the training residual",
    ),
    Edit(
        "stability-ridge",
        "simulation/trial.py",
        "((h / (ridge + h) * fit.loo) ** 2).mean()",
        "(fit.loo**2).mean()",
        "h/(lam+h) missing in the stability",
    ),
    Edit(
        "risk-not-squared",
        "simulation/trial.py",
        '"loo_risk": float((fit.loo**2).mean())',
        '"loo_risk": float(abs(fit.loo).mean())',
        "absolute for squared error",
    ),
    Edit(
        "accuracy-labels",
        "simulation/trial.py",
        "_agreement(fit.spurious, own)",
        "_agreement(fit.spurious, -own)",
        "sign of the labels",
    ),
    Edit(
        "rf-scale",
        "simulation/models.py",
        "        scale = 1 / np.sqrt(self.width)\n",
        "        scale = 1 / np.sqrt(self.width + 1)\n",
        "k+1 for k in the scale of the features",
    ),
    Edit(
        "ntk-scale",
        "simulation/models.py",
        "scale = 1 / (self.width * rows.dim)",
        "scale = 1 / self.width",
        "d missing in the NTK's scale",
    ),
    Edit(
        "query-same-x",
        "simulation/queries.py",
        "return sample.fresh[:, : split.dim_x]",
        "return sample.train[:, : split.dim_x]",
        "the query keeps its own x",
    ),
    Edit(
        "control-mean",
        "simulation/controls.py",
        "(self._columns(observed).mean(axis=0) - self.means)",
        "self._columns(observed).mean(axis=0)",
        "exact means of the controls dropped",
    ),
    Edit(
        "cube-walk",
        "simulation/levels.py",
        "up, down = (dim - level) / dim, level / dim",
        "up, down = (dim - level) / dim, (level - 1) / dim",
        "index in the walk on the hypercube",
    ),
    Edit(
        "averaged-binomial",
        "simulation/rao_blackwell.py",
        "math.comb(dim_x, k) / 2**dim_x",
        "1 / (dim_x + 1)",
        "uniform for binomial weights",
    ),
    Edit(
        "split-order",
        "inputs.py",
        "dim_y = round(requested * size)",
        "dim_y = int(requested * size)",
        "truncation for rounding",
    ),
)

# Statements that use a file, tried first; an edit that survives them is tried on all the others.
NEAR = {
    "hermite.py": ("H1", "X4", "H3", "H5", "H5b", "C3"),
    "exact/arctangent.py": ("X4", "X3"),
    "exact/linear_dual.py": ("K1", "X5", "X1b", "X2b"),
    "gamma.py": ("R4", "X1", "X1b", "X2"),
    "dual.py": ("X5b", "X5", "K1"),
    "equivalent/expansion.py": ("E1", "X25", "X30", "E2", "G1", "T2"),
    "equivalent/multiplicity.py": ("X34", "X25", "E1", "X30", "G6"),
    "equivalent/spectrum.py": ("X25", "E1", "X30", "G3"),
    "equivalent/fixed_point.py": ("E1", "X25", "K17", "X30"),
    "equivalent/proportional.py": ("E2", "G5", "X26"),
    "equivalent/limits.py": ("G5", "X28", "D3c", "G6"),
    "equivalent/fluctuations.py": ("X32", "X32a", "X32b", "X32c"),
    "equivalent/memorisation.py": ("X31", "X30", "M8a"),
    "equivalent/identity.py": ("X19", "X19a", "X19b", "L14"),
    "simulation/solving.py": ("X10", "X11", "X11a", "X12", "X15", "X10b"),
    "simulation/trial.py": ("X15", "X12a", "X14", "X13", "X12"),
    "simulation/models.py": ("X16", "X16a", "X16b", "X16c", "X23b"),
    "simulation/queries.py": ("X10f", "X22"),
    "simulation/controls.py": ("X18",),
    "simulation/levels.py": ("X24", "X17a"),
    "simulation/rao_blackwell.py": ("X17",),
    "inputs.py": ("D1",),
}
