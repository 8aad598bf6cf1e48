"""The table of activations: one literal row each, in the order in which they are listed.

To add an activation, add a row. `formula` is typed text (see `hermite_gamma.parsing`); everything else about
the activation (breakpoints, regularity, coefficients, LaTeX) is computed from it, and the tests in
tests/test_catalog.py run over every row. Formulas: the documentation of torch.nn and jax.nn unless a row says
otherwise. The rows are kept to a few lines each by hand, so the formatter is switched off for them.
"""

from __future__ import annotations

from hermite_gamma.catalog.entry import Entry, Parameter

# fmt: off
_TABLE = (
    # --- rectifiers -------------------------------------------------------------------------------------
    Entry(
        "relu", "rectified linear unit", "Max(x, 0)",
        torch="ReLU", functional="F.relu", jax=("relu",), aliases=("torch.relu", "rectifier", "nt.stax.Relu"),
    ),
    Entry(
        "relu6", "ReLU cut off at 6", "Min(Max(x, 0), 6)",
        torch="ReLU6", functional="F.relu6", jax=("relu6",),
    ),
    Entry(
        "leaky_relu", "ReLU with a small slope on the left", "where(x > 0, x, negative_slope*x)",
        parameters=(Parameter("negative_slope", "1/100", "slope for x < 0"),),
        torch="LeakyReLU", functional="F.leaky_relu", jax=("leaky_relu",),
        aliases=("lrelu",),
        note="torch and jax default to slope 0.01, Keras 2 to 0.3: always state the slope",
    ),
    Entry(
        "prelu", "ReLU with a learned slope on the left", "where(x > 0, x, init*x)",
        parameters=(Parameter("init", "1/4", "slope for x < 0, at its initial value"),),
        torch="PReLU", functional="F.prelu",
        note="the slope is learned in training; here it is fixed at its initial value",
    ),
    Entry(
        "rrelu", "randomised leaky ReLU, in evaluation mode", "where(x > 0, x, (lower + upper)/2*x)",
        parameters=(
            Parameter("lower", "1/8", "smallest slope for x < 0"),
            Parameter("upper", "1/3", "largest slope for x < 0"),
        ),
        conditions=("lower <= upper",),
        torch="RReLU", functional="F.rrelu",
        note="random slope in training, uniform on [lower, upper]; here the mean slope, as in evaluation",
    ),
    Entry(
        "relu_squared", "squared ReLU", "Max(x, 0)^2",
        aliases=("relu2", "squared_relu", "squared relu", "sqrelu"),
    ),
    Entry("abs", "absolute value", "Abs(x)", functional="torch.abs", aliases=("absolute", "nt.stax.Abs")),
    # --- smooth or exponential relatives of ReLU --------------------------------------------------------
    Entry(
        "elu", "exponential linear unit", "where(x > 0, x, alpha*(exp(x) - 1))",
        parameters=(Parameter("alpha", "1", "minus the limit at -oo"),),
        torch="ELU", functional="F.elu", jax=("elu",),
    ),
    Entry(
        "celu", "continuously differentiable ELU", "where(x > 0, x, alpha*(exp(x/alpha) - 1))",
        parameters=(Parameter("alpha", "1", "minus the limit at -oo if positive; not 0"),),
        conditions=("alpha != 0",),
        torch="CELU", functional="F.celu", jax=("celu",),
    ),
    Entry(
        "selu", "scaled ELU, with the decimal constants of torch and jax",
        "1.0507009873554804934193349852946*where(x > 0, x, 1.6732632423543772848170429916717*(exp(x) - 1))",
        torch="SELU", functional="F.selu", jax=("selu",),
        note="E phi = 0 and E phi^2 = 1 hold up to rounding of the constants; in selu_exact exactly",
    ),
    Entry(
        "selu_exact", "scaled ELU with E phi = 0 and E phi^2 = 1 exactly (constants lambda_01 and alpha_01)",
        "sqrt(2*pi)*(1 - sqrt(e)*erfc(1/sqrt(2)))"
        "/sqrt(2*e^2*erfc(sqrt(2)) + pi*e*erfc(1/sqrt(2))^2 - 2*(2 + pi)*sqrt(e)*erfc(1/sqrt(2)) + pi + 2)"
        "*where(x > 0, x, sqrt(2/pi)/(1 - sqrt(e)*erfc(1/sqrt(2)))*(exp(x) - 1))",
        note="closed forms of Klambauer et al. 2017 (arXiv 1706.02515), equation 14, derived again here",
    ),
    Entry(
        "gelu", "Gaussian error linear unit, exact: x Phi(x)", "x*(1 + erf(x/sqrt(2)))/2",
        torch="GELU", functional="F.gelu", aliases=("gelu_exact", "nt.stax.Gelu"),
        note="torch's default; jax.nn.gelu defaults to the tanh approximation, which is gelu_tanh here",
    ),
    Entry(
        "gelu_tanh", "tanh approximation of GELU",
        "x*(1 + tanh(sqrt(2/pi)*(x + 0.044715*x^3)))/2",
        torch="GELU(approximate='tanh')", functional="F.gelu(approximate='tanh')", jax=("gelu",),
        aliases=("gelu_new", "gelu_pytorch_tanh", "gelu_approximate"),
        note="jax's default gelu; within 4.8e-4 of gelu at every x",
    ),
    Entry(
        "quick_gelu", "sigmoid approximation of GELU", "x/(1 + exp(-slope*x))",
        parameters=(Parameter("slope", "1.702", "factor inside the sigmoid"),),
        aliases=("gelu_quick", "gelu_sigmoid"),
    ),
    Entry(
        "silu", "sigmoid linear unit: x sigmoid(x)", "x/(1 + exp(-x))",
        torch="SiLU", functional="F.silu", jax=("silu", "swish"), aliases=("swish",),
        note="x sigmoid(beta x) is swish_beta",
    ),
    Entry(
        "swish_beta", "swish with its parameter: x sigmoid(beta x)", "x/(1 + exp(-beta*x))",
        parameters=(Parameter("beta", "1", "factor inside the sigmoid; 1 gives silu"),),
        aliases=("general_swish",),
    ),
    Entry(
        "mish", "x tanh(softplus(x))", "x*tanh(log(1 + exp(x)))",
        torch="Mish", functional="F.mish", jax=("mish",),
    ),
    Entry(
        "softplus", "smooth ReLU", "log(1 + exp(beta*x))/beta",
        parameters=(Parameter("beta", "1", "sharpness; not 0"),),
        conditions=("beta != 0",),
        torch="Softplus", functional="F.softplus", jax=("softplus",),
        note="torch returns x where beta*x > threshold = 20 (off by at most 2.1e-9/beta): not modelled",
    ),
    Entry(
        "squareplus", "algebraic smooth ReLU", "(x + sqrt(x^2 + b))/2",
        parameters=(Parameter("b", "4", "smoothness, at least 0; 0 gives ReLU"),),
        conditions=("0 <= b",),
        jax=("squareplus",),
    ),
    Entry(
        "sparse_plus", "ReLU with a parabola on [-1, 1]", "where(x < -1, 0, where(x > 1, x, (x + 1)^2/4))",
        jax=("sparse_plus",),
    ),
    Entry(
        "hardswish", "piecewise approximation of swish", "x*Min(Max(x + 3, 0), 6)/6",
        torch="Hardswish", functional="F.hardswish", jax=("hard_swish", "hard_silu"),
        aliases=("h-swish", "h_swish", "hswish"),
    ),
    Entry(
        "bentid", "bent identity", "(sqrt(x^2 + 1) - 1)/2 + x",
        aliases=("bent_identity",),
    ),
    Entry(
        "snake", "periodic plus linear", "x + sin(a*x)^2/a",
        parameters=(Parameter("a", "1", "frequency; not 0"),),
        conditions=("a != 0",),
        note="Ziyin et al. 2020 (arXiv 2006.08195)",
    ),
    # --- sigmoids ---------------------------------------------------------------------------------------
    Entry(
        "sigmoid", "logistic function", "1/(1 + exp(-x))",
        torch="Sigmoid", functional="F.sigmoid", jax=("sigmoid",),
        aliases=("torch.sigmoid", "torch.special.expit", "logistic", "expit"),
    ),
    Entry(
        "hardsigmoid", "piecewise linear sigmoid", "Min(Max(x/6 + 1/2, 0), 1)",
        torch="Hardsigmoid", functional="F.hardsigmoid", jax=("hard_sigmoid",),
        aliases=("h-sigmoid", "h_sigmoid"),
        note="Keras 2 used clip(0.2 x + 0.5, 0, 1) under the same name",
    ),
    Entry(
        "sparse_sigmoid", "piecewise linear sigmoid on [-1, 1]", "Min(Max((x + 1)/2, 0), 1)",
        jax=("sparse_sigmoid",),
    ),
    Entry(
        "logsigmoid", "logarithm of the logistic function", "-log(1 + exp(-x))",
        torch="LogSigmoid", functional="F.logsigmoid", jax=("log_sigmoid",),
    ),
    Entry(
        "tanh", "hyperbolic tangent", "tanh(x)",
        torch="Tanh", functional="F.tanh", jax=("tanh",), aliases=("torch.tanh",),
    ),
    Entry(
        "hardtanh", "identity cut off at two values", "Min(Max(x, min_val), max_val)",
        parameters=(
            Parameter("min_val", "-1", "lower end"),
            Parameter("max_val", "1", "upper end, above min_val"),
        ),
        conditions=("min_val < max_val",),
        torch="Hardtanh", functional="F.hardtanh", jax=("hard_tanh",), aliases=("clip",),
    ),
    Entry(
        "lecun_tanh", "scaled tanh of LeCun", "amplitude*tanh(slope*x)",
        parameters=(
            Parameter("amplitude", "1.7159", "limit at oo"),
            Parameter("slope", "2/3", "factor inside the tanh"),
        ),
        aliases=("scaled_tanh",),
    ),
    Entry(
        "tanhshrink", "x - tanh(x)", "x - tanh(x)",
        torch="Tanhshrink", functional="F.tanhshrink", aliases=("tanh_shrink",),
    ),
    Entry(
        "softsign", "x/(1 + |x|)", "x/(1 + Abs(x))",
        torch="Softsign", functional="F.softsign", jax=("soft_sign",),
    ),
    Entry(
        "erf", "error function", "erf(x)",
        functional="torch.erf", aliases=("torch.special.erf", "nt.stax.Erf"),
    ),
    Entry(
        "normal_cdf", "standard normal distribution function", "(1 + erf(x/sqrt(2)))/2",
        functional="torch.special.ndtr", aliases=("norm_cdf", "gaussian_cdf", "ndtr"),
    ),
    Entry(
        "arctan", "inverse tangent", "atan(x)",
        functional="torch.atan", aliases=("atan", "torch.arctan"),
    ),
    Entry(
        "asinh", "inverse hyperbolic sine", "asinh(x)",
        functional="torch.asinh", aliases=("arcsinh", "torch.arcsinh"),
    ),
    # --- functions that jump, or shrink -----------------------------------------------------------------
    Entry(
        "softshrink", "soft thresholding", "where(x > lambd, x - lambd, where(x < -lambd, x + lambd, 0))",
        parameters=(Parameter("lambd", "1/2", "threshold, at least 0"),),
        conditions=("0 <= lambd",),
        torch="Softshrink", functional="F.softshrink", aliases=("soft_shrink", "soft_threshold"),
    ),
    Entry(
        "hardshrink", "hard thresholding", "where(x > lambd, x, where(x < -lambd, x, 0))",
        parameters=(Parameter("lambd", "1/2", "threshold"),),
        torch="Hardshrink", functional="F.hardshrink", aliases=("hard_shrink", "hard_threshold"),
    ),
    Entry(
        "threshold", "x above a threshold, a constant below", "where(x > threshold, x, value)",
        parameters=(
            Parameter("threshold", None, "where the function changes", "1/10"),
            Parameter("value", None, "value at or below the threshold", "20"),
        ),
        torch="Threshold", functional="F.threshold",
    ),
    Entry("sign", "sign of x", "sign(x)", functional="torch.sign", aliases=("sgn", "signum", "nt.stax.Sign")),
    Entry(
        "heaviside", "unit step: 1 for x > 0, else 0", "where(x > 0, 1, 0)",
        functional="torch.heaviside", aliases=("step", "unit_step", "binary_step"),
        note="the value at 0 changes nothing: the point has probability 0",
    ),
    # --- entire functions and polynomials ---------------------------------------------------------------
    Entry("sin", "sine", "sin(x)", functional="torch.sin", aliases=("sine", "nt.stax.Sin")),
    Entry("cos", "cosine", "cos(x)", functional="torch.cos", aliases=("cosine", "nt.stax.Cos")),
    Entry(
        "exp", "exponential function", "exp(x)",
        functional="torch.exp", aliases=("exponential", "nt.stax.Exp"),
    ),
    Entry("gaussian", "Gaussian bump", "exp(-x^2)", aliases=("gauss", "nt.stax.Gaussian")),
    Entry("log_cosh", "logarithm of cosh", "log(cosh(x))", aliases=("logcosh",)),
    Entry("x_atan", "x arctan(x)", "x*atan(x)", aliases=("xatan", "x_arctan")),
    Entry(
        "identity", "identity map", "x",
        torch="Identity", jax=("identity",), aliases=("linear", "id", "nt.stax.Identity"),
    ),
    Entry("quadratic", "square", "x^2", functional="torch.square", aliases=("square",)),
    Entry("h1", "first orthonormal Hermite polynomial, x", "h1"),
    Entry("h2", "second orthonormal Hermite polynomial, (x^2 - 1)/sqrt(2)", "h2"),
    Entry("h4", "fourth orthonormal Hermite polynomial, (x^4 - 6 x^2 + 3)/sqrt(24)", "h4"),
    Entry(
        "h1_plus_h2", "phi_2 of the paper's experiments", "h1 + h2",
        aliases=("phi2", "phi_2"),
        note="from [bombari2024]",
    ),
    Entry(
        "h1_plus_h4", "phi_4 of the paper's experiments", "h1 + h4",
        aliases=("phi4", "phi_4"),
        note="from [bombari2024]",
    ),
)
# fmt: on

ACTIVATIONS: dict[str, Entry] = {entry.key: entry for entry in _TABLE}
