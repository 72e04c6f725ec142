"""Wrong recipes and all lines of their messages."""

from language.bad_composites import COMPOSITES
from language.bad_ensembles import ENSEMBLES
from language.bad_factors import FACTORS
from language.bad_graphs import GRAPHS
from language.bad_nodes import NODES
from language.bad_settings import SETTINGS

BAD = {**ENSEMBLES, **NODES, **FACTORS, **GRAPHS, **COMPOSITES, **SETTINGS}
