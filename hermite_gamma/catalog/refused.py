"""Names that are activations elsewhere, but not functions of one real number."""

from __future__ import annotations

_ROW = "it normalises over all coordinates of its input, so it is no function of one real number"
_GATE = "it multiplies one half of its input by a gate computed from the other half"
_MIX = "it mixes all positions of a sequence"

NOT_ELEMENTWISE: dict[str, str] = {
    "softmax": _ROW,
    "softmax2d": _ROW,
    "softmin": _ROW,
    "log_softmax": _ROW,
    "logsoftmax": _ROW,
    "gumbel_softmax": f"{_ROW}, and it is random",
    "adaptive_log_softmax_with_loss": _ROW,
    "sparsemax": _ROW,
    "entmax": _ROW,
    "standardize": _ROW,
    "normalize": _ROW,
    "layer_norm": _ROW,
    "layernorm": _ROW,
    "batch_norm": "it normalises over the batch, so it is no function of one real number",
    "logsumexp": "it maps a vector to one number",
    "logmeanexp": "it maps a vector to one number",
    "one_hot": "it maps an integer to a vector",
    "glu": f"{_GATE}; the gate itself is sigmoid",
    "reglu": f"{_GATE}; the gate itself is relu",
    "geglu": f"{_GATE}; the gate itself is gelu",
    "swiglu": f"{_GATE}; the gate itself is silu",
    "crelu": "it returns two numbers for each coordinate, relu(x) and relu(-x)",
    "maxout": "it takes the maximum over several linear maps of its input",
    "groupsort": "it sorts groups of coordinates",
    "multihead_attention": _MIX,
    "multiheadattention": _MIX,
    "scaled_dot_product_attention": _MIX,
    "dot_product_attention": _MIX,
    "dropout": "it is random, so it is no function of one real number",
}
