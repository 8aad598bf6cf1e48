"""The catalogue of activations: literal data and names, no mathematics imported."""

from hermite_gamma.catalog.entry import Entry as Entry
from hermite_gamma.catalog.entry import Parameter as Parameter
from hermite_gamma.catalog.names import canonical as canonical
from hermite_gamma.catalog.names import names as names
from hermite_gamma.catalog.names import not_elementwise as not_elementwise
from hermite_gamma.catalog.names import spellings as spellings
from hermite_gamma.catalog.names import unqualified as unqualified
from hermite_gamma.catalog.refused import NOT_ELEMENTWISE as NOT_ELEMENTWISE
from hermite_gamma.catalog.table import ACTIVATIONS as ACTIVATIONS
