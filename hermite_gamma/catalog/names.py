"""From the many spellings of an activation's name to its key in the catalogue."""

from __future__ import annotations

from functools import cache

from hermite_gamma.catalog.entry import Entry
from hermite_gamma.catalog.refused import NOT_ELEMENTWISE
from hermite_gamma.catalog.table import ACTIVATIONS

# The longest first, so that `nn.functional.silu` loses all of its prefix and not only `nn.`.
_PREFIXES = ("torch.nn.functional.", "nn.functional.", "torch.nn.", "jax.nn.", "torch.", "nn.", "f.")


def spellings(entry: Entry) -> tuple[str, ...]:
    """Return every name of an entry, its key first: bare, and with the module that it comes from.

    A jax name that is the key of another entry is claimed with its module only: `gelu` is the exact one, as
    in torch, and `jax.nn.gelu` is the tanh approximation, which is what that function computes by default.

    >>> spellings(ACTIVATIONS["softsign"])
    ('softsign', 'Softsign', 'nn.Softsign', 'torch.nn.Softsign', 'F.softsign', 'nn.functional.softsign',
     'torch.nn.functional.softsign', 'jax.nn.soft_sign', 'soft_sign')
    """
    found = [entry.key]
    if entry.torch:
        found += [entry.torch, f"nn.{entry.torch}", f"torch.nn.{entry.torch}"]
    if entry.functional:
        bare = entry.functional.removeprefix("F.")
        modules = ("F", "nn.functional", "torch.nn.functional")
        found += [bare] + ([f"{module}.{bare}" for module in modules] if bare != entry.functional else [])
    for name in entry.jax:
        found.append(f"jax.nn.{name}")
        if name not in ACTIVATIONS:
            found.append(name)
    found += entry.aliases
    return tuple(dict.fromkeys(found))


@cache
def _index() -> dict[str, str]:
    return {name.lower(): entry.key for entry in ACTIVATIONS.values() for name in spellings(entry)}


def canonical(name: str) -> str | None:
    """Return the catalogue key that a name stands for, or None.

    Names are matched without regard to case, with one exception: `H2` is not `h2`, because a capital H is
    the physicists' Hermite polynomial everywhere else.

    >>> canonical("nn.SiLU"), canonical("F.silu"), canonical("jax.nn.swish"), canonical("Swish")
    ('silu', 'silu', 'silu', 'silu')
    >>> canonical("gelu"), canonical("jax.nn.gelu"), canonical("gelu_new")
    ('gelu', 'gelu_tanh', 'gelu_tanh')
    >>> canonical("H2"), canonical("softmax")
    (None, None)
    """
    name = name.strip()
    if name[:1] == "H" and name[1:].isdigit():
        return None
    return _index().get(name.lower())


def not_elementwise(name: str) -> str | None:
    """Return why a known name is not an activation here, or None if the name is not on that list.

    >>> not_elementwise("torch.nn.Softmax")
    'it normalises over all coordinates of its input, so it is no function of one real number'
    >>> not_elementwise("relu") is None
    True
    """
    return NOT_ELEMENTWISE.get(unqualified(name).lower())


def unqualified(name: str) -> str:
    """Return the name without the torch or jax module in front.

    >>> unqualified("torch.nn.functional.glu")
    'glu'
    """
    name = name.strip()
    for prefix in _PREFIXES:
        if name.lower().startswith(prefix):
            return name[len(prefix) :]
    return name


def names() -> tuple[str, ...]:
    """Return the names without a module, keys first: the pool for suggestions.

    >>> names()[:2], "swish" in names(), "F.silu" in names()
    (('relu', 'relu6'), True, False)
    """
    pool: dict[str, str] = {}
    for name in (*ACTIVATIONS, *(name for entry in ACTIVATIONS.values() for name in spellings(entry))):
        if name.isidentifier():
            pool.setdefault(name.lower(), name)
    return tuple(pool.values())
