"""Feature alignment constants of random features and neural tangent kernels, with proved digits.

Every public name is listed once, in `_HOME` and for type checkers below it; each is imported from its module
when it is first used, so that `import hermite_gamma` costs nothing.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hermite_gamma.activation import Activation as Activation
    from hermite_gamma.comparison import Comparison as Comparison
    from hermite_gamma.comparison import compare as compare
    from hermite_gamma.construct import activation as activation
    from hermite_gamma.curve import GammaCurve as GammaCurve
    from hermite_gamma.curve import alpha_for as alpha_for
    from hermite_gamma.curve import gamma_curve as gamma_curve
    from hermite_gamma.dual import dual_kernel as dual_kernel
    from hermite_gamma.dual import hermite_coefficients as hermite_coefficients
    from hermite_gamma.equivalent.allowance import alignment_allowance as alignment_allowance
    from hermite_gamma.equivalent.anisotropic import gamma_anisotropic as gamma_anisotropic
    from hermite_gamma.equivalent.empirical import gamma_for_data as gamma_for_data
    from hermite_gamma.equivalent.finite import gamma_finite as gamma_finite
    from hermite_gamma.equivalent.fluctuations import sd_alignment as sd_alignment
    from hermite_gamma.equivalent.identity import hypercube_identity as hypercube_identity
    from hermite_gamma.equivalent.limits import plateaus as plateaus
    from hermite_gamma.equivalent.memorisation import memorisation as memorisation
    from hermite_gamma.equivalent.planning import dim_for as dim_for
    from hermite_gamma.equivalent.planning import sample_size_for as sample_size_for
    from hermite_gamma.equivalent.planning import trials_for as trials_for
    from hermite_gamma.equivalent.predict import predict as predict
    from hermite_gamma.equivalent.proportional import gamma_proportional as gamma_proportional
    from hermite_gamma.equivalent.regime import regime as regime
    from hermite_gamma.errors import ActivationFault as ActivationFault
    from hermite_gamma.errors import BadInput as BadInput
    from hermite_gamma.errors import BudgetExceeded as BudgetExceeded
    from hermite_gamma.errors import HermiteGammaError as HermiteGammaError
    from hermite_gamma.errors import IllConditionedWarning as IllConditionedWarning
    from hermite_gamma.errors import MemoryRefused as MemoryRefused
    from hermite_gamma.errors import MissingExtra as MissingExtra
    from hermite_gamma.errors import NoClosedForm as NoClosedForm
    from hermite_gamma.errors import NoEnclosure as NoEnclosure
    from hermite_gamma.errors import NotDifferentiable as NotDifferentiable
    from hermite_gamma.errors import NotElementwise as NotElementwise
    from hermite_gamma.errors import ParseError as ParseError
    from hermite_gamma.errors import PrecisionExhausted as PrecisionExhausted
    from hermite_gamma.errors import SingularKernelError as SingularKernelError
    from hermite_gamma.errors import UndefinedGamma as UndefinedGamma
    from hermite_gamma.errors import UnknownName as UnknownName
    from hermite_gamma.estimate import Estimate as Estimate
    from hermite_gamma.formula import HermiteFormula as HermiteFormula
    from hermite_gamma.formula import hermite_formula as hermite_formula
    from hermite_gamma.gamma import estimated_seconds as estimated_seconds
    from hermite_gamma.gamma import gamma_ntk as gamma_ntk
    from hermite_gamma.gamma import gamma_rf as gamma_rf
    from hermite_gamma.hermite import hermite_coefficient as hermite_coefficient
    from hermite_gamma.hermite import hermite_polynomial as hermite_polynomial
    from hermite_gamma.prediction import Prediction as Prediction
    from hermite_gamma.quantity import Quantity as Quantity
    from hermite_gamma.results import Enclosure as Enclosure
    from hermite_gamma.results import Gamma as Gamma
    from hermite_gamma.results import RFBounds as RFBounds
    from hermite_gamma.results import SymbolicGamma as SymbolicGamma
    from hermite_gamma.results import Undefined as Undefined
    from hermite_gamma.simulation.simulate import simulate as simulate

__version__ = "0.1.0"

_HOME = {
    "Activation": "activation",
    "ActivationFault": "errors",
    "BadInput": "errors",
    "BudgetExceeded": "errors",
    "Comparison": "comparison",
    "Enclosure": "results",
    "Estimate": "estimate",
    "Gamma": "results",
    "GammaCurve": "curve",
    "HermiteFormula": "formula",
    "HermiteGammaError": "errors",
    "IllConditionedWarning": "errors",
    "MemoryRefused": "errors",
    "MissingExtra": "errors",
    "NoClosedForm": "errors",
    "NoEnclosure": "errors",
    "NotDifferentiable": "errors",
    "NotElementwise": "errors",
    "ParseError": "errors",
    "PrecisionExhausted": "errors",
    "Prediction": "prediction",
    "Quantity": "quantity",
    "RFBounds": "results",
    "SingularKernelError": "errors",
    "SymbolicGamma": "results",
    "Undefined": "results",
    "UndefinedGamma": "errors",
    "UnknownName": "errors",
    "activation": "construct",
    "alignment_allowance": "equivalent.allowance",
    "alpha_for": "curve",
    "compare": "comparison",
    "dim_for": "equivalent.planning",
    "dual_kernel": "dual",
    "estimated_seconds": "gamma",
    "gamma_anisotropic": "equivalent.anisotropic",
    "gamma_curve": "curve",
    "gamma_finite": "equivalent.finite",
    "gamma_for_data": "equivalent.empirical",
    "gamma_ntk": "gamma",
    "gamma_proportional": "equivalent.proportional",
    "gamma_rf": "gamma",
    "hermite_coefficient": "hermite",
    "hermite_coefficients": "dual",
    "hermite_formula": "formula",
    "hermite_polynomial": "hermite",
    "hypercube_identity": "equivalent.identity",
    "memorisation": "equivalent.memorisation",
    "plateaus": "equivalent.limits",
    "predict": "equivalent.predict",
    "regime": "equivalent.regime",
    "sample_size_for": "equivalent.planning",
    "sd_alignment": "equivalent.fluctuations",
    "simulate": "simulation.simulate",
    "trials_for": "equivalent.planning",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*_HOME, "__version__"])


class _Package(ModuleType):
    """The package keeps `activation` for the function, whichever of its modules is imported first.

    Importing the module of that name would set the attribute to the module and hide the function.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if name not in _HOME or not isinstance(value, ModuleType):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
