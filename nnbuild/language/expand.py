"""Expand composites and blocks into a flat list of layers, with full names and params substituted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from nnbuild import catalog
from nnbuild.catalog.facts import layer_facts
from nnbuild.catalog.json_form import UNKNOWN
from nnbuild.catalog.kinds import Anything
from nnbuild.errors import Path, Problem, did_you_mean, format_path, name_list, show
from nnbuild.language.checker import Checker, Scope, TooLarge
from nnbuild.language.expressions import NAME
from nnbuild.language.factors import FACTOR_KEYS, read_factors
from nnbuild.language.json_text import MAX_DEPTH
from nnbuild.language.mistakes import call_hint, misspelt
from nnbuild.language.unknown_classes import COMPOSITES
from nnbuild.records import Node, frozen_mapping

MAX_NODES = 10_000
MAX_LENGTH = 100  # characters of a node's own name; its full name joins those of the scopes around it
NODE_KEYS = ("type", "name", "inputs")
AN_INPUT = "an input"  # owner of a reserved name


@dataclass
class Frame:
    """Names of one list of nodes during expansion, and the list around it."""

    prefix: str = ""
    names: dict[str, str] = field(default_factory=dict)
    around: Frame | None = None

    def find(self, name: str) -> str | None:
        """Return the full name of the node or input `name`, in this list or one around it; None if there is none."""
        return self.names.get(name) or (self.around.find(name) if self.around else None)

    def names_in_scope(self, without: Collection[str] = ()) -> list[str]:
        """Return the names that `find` resolves, except to the full names in `without`."""
        names = [name for name, full in self.names.items() if full not in without]
        return [*names, *(self.around.names_in_scope(without) if self.around else [])]


@dataclass(frozen=True)
class Site:
    """One node during expansion, with its context.

    Attributes
    ----------
    raw : dict
        The node as written.
    path : Path
        Its path in the recipe.
    name : str
        Its full name.
    inputs : tuple of str
        Full names of its inputs.
    scope : Scope
        Params in scope.
    frame : Frame
        The list that contains it.
    calls : tuple of str
        The blocks whose calls contain it.
    depth : int
        Number of composites and blocks around it.
    """

    raw: dict
    path: Path
    name: str
    inputs: tuple[str, ...]
    scope: Scope
    frame: Frame
    calls: tuple[str, ...] = ()
    depth: int = 0

    def at(self, *keys: str | int) -> Path:
        """Return the path of a part of the node."""
        return (*self.path, *keys)

    def inside(self, part: str, **changes: Any) -> Site:
        """Return this node as the context of its inner lists, with names prefixed by ``name.part``."""
        prefix = f"{self.name}.{part}." if part else f"{self.name}."
        return replace(self, frame=Frame(prefix, around=self.frame), depth=self.depth + 1, **changes)


class Expander:
    """Expansion of the nodes of one recipe.

    Parameters
    ----------
    checker : Checker
    blocks : mapping of str to dict
        The recipe's blocks.
    expansions : mapping of str to Expansion
        Function that expands each class of composite: it adds the layers of its node. It returns the names of the
        output tensors, or None if it added the node itself as a layer.

    Attributes
    ----------
    nodes : list of Node
        The layers, in the order of the recipe; inputs may name composites.
    inputs : tuple of str
        Names of the recipe's inputs.
    scopes : list of Node
        Composites and blocks, each as a node whose inputs are its output tensors.
    defined : dict of Path to None
        Paths where params, of blocks and Repeats too, are defined, in order.
    """

    def __init__(self, checker: Checker, blocks: Mapping[str, dict], expansions: Mapping[str, Expansion]):
        self.checker = checker
        self.blocks = blocks
        self.expansions = expansions
        self.nodes: list[Node] = []
        self.scopes: list[Node] = []
        self.inputs: tuple[str, ...] = ()
        self.defined: dict[Path, None] = {}
        self._used_names: set[str] = set()
        self._n_nodes = 0

    def run(self, layers: object, scope: Scope, inputs: Iterable[str], reserved: Mapping[str, str]) -> Frame:
        """Expand the outermost list; return its frame, with the names that outputs may use."""
        self.inputs = tuple(inputs)
        frame = Frame(names={name: name for name in self.inputs})
        incoming = tuple(frame.names) if len(frame.names) == 1 else ()
        root = Site({}, (), "", incoming, scope, frame)
        self.expand_list(root, layers, ("layers",), reserved)
        for name, block in self.blocks.items():
            if name not in self._used_names:
                self.dry_run(partial(self._body, root, name, dict(block["params"])))
        return frame

    def dry_run(self, expand: Callable[[], object]) -> None:
        """Check what `expand` expands without adding it to the network."""
        n_nodes, n_scopes = len(self.nodes), len(self.scopes)
        expand()
        del self.nodes[n_nodes:], self.scopes[n_scopes:]

    def expand_list(
        self, site: Site, layers: object, path: Path, reserved: Mapping[str, str] = frozen_mapping()
    ) -> tuple[str, ...]:
        """Expand a list of nodes inside `site`.

        Parameters
        ----------
        site : Site
            Context of the list; its frame receives the names in the list.
        layers : JSON value or UNKNOWN
            The list as written; UNKNOWN if it is missing and that problem is noted already.
        path : Path
            Its path in the recipe.
        reserved : mapping of str to str
            Names that no node may have, with their owners.

        Returns
        -------
        tuple of str
            Full names of the output tensors of the list.
        """
        incoming = site.inputs
        if not isinstance(layers, list) or not layers:
            found = "needs at least one node" if layers == [] else f"must be a list of nodes, got {show(layers)}"
            if layers is not UNKNOWN:
                self.checker.add(Problem(path, found))
            # The params that its nodes would use are unknown: count all as used.
            self.checker.used.update(site.scope.origins.values())
            return incoming
        self.check_size(len(layers), path)
        self._check_depth(site.depth, path)
        names = self._own_names(layers, path, reserved)
        self._n_nodes += len(layers)
        site.frame.names.update({name: site.frame.prefix + name for name in names if name})
        for index, (raw, name) in enumerate(zip(layers, names, strict=True)):
            if name is None:
                self.checker.mark_params_used(raw, site.scope)
                continue
            node = replace(site, raw=raw, path=(*path, index), name=site.frame.prefix + name, inputs=incoming)
            incoming = self._node(replace(node, inputs=self._inputs(node)))
        return incoming

    def check_size(self, n_more: int, path: Path) -> None:
        """Raise `TooLarge` if `n_more` further nodes exceed the limit."""
        if self._n_nodes + n_more > MAX_NODES:
            found = f"the network has more than {MAX_NODES} nodes after expansion of repeats and blocks"
            self.checker.add(Problem(path, found))
            raise TooLarge

    def _check_depth(self, depth: int, path: Path) -> None:
        if depth > MAX_DEPTH:
            self.checker.add(Problem(path, f"composites and blocks are nested deeper than {MAX_DEPTH}"))
            raise TooLarge

    def _own_names(self, layers: list, path: Path, reserved: Mapping[str, str]) -> list[str | None]:
        """Return the own name of each node in a list; None for an invalid node."""
        counts: dict[str, int] = {}
        names: list[str | None] = []
        for index, raw in enumerate(layers):
            name = kind = self._kind_name(raw, (*path, index))
            if kind and "name" not in raw:
                counts[kind] = counts.get(kind, 0) + 1
                name = f"{kind}_{counts[kind]}"
            elif kind and self.valid_name(raw["name"], (*path, index, "name")):
                name = raw["name"]
            names.append(name)
        self._check_names(layers, names, path, reserved)
        return names

    def _check_names(self, layers: list, names: list[str | None], path: Path, reserved: Mapping[str, str]) -> None:
        """Note duplicate names. Generated names are never at fault."""
        first = {name: index for index, name in reversed(list(enumerate(names)))}
        unnamed = {name: index for index, name in enumerate(names) if name and "name" not in layers[index]}
        for unnamed_name, index in unnamed.items():
            if reserved.get(unnamed_name) == AN_INPUT:  # the name of the input is at fault
                found = f"the name {show(unnamed_name)} is already used by {format_path((*path, index))}"
                self.checker.add(Problem(("inputs", unnamed_name), found, at_key=True))
        for index, name in enumerate(names):
            if not name or "name" not in layers[index]:
                continue
            other = first[name] if first[name] < index else unnamed.get(name)
            owner = reserved.get(name) or ("" if other is None else format_path((*path, other)))
            if owner:
                self.checker.add(Problem((*path, index, "name"), f"the name {show(name)} is already used by {owner}"))

    def _kind_name(self, raw: object, path: Path) -> str | None:
        """Return the generated name of a node, without its number; None, with a problem noted, for an invalid node."""
        if not isinstance(raw, dict):
            self.checker.add(Problem(path, f"a node must be an object with 'type', got {show(raw)}"))
            return None
        if "type" not in raw:
            self.checker.add(self.checker.missing_type("a node", raw, path))
            return None
        if not isinstance(raw["type"], str):
            self.checker.add(Problem((*path, "type"), f"must be a string, got {show(raw['type'])}"))
            return None
        found = catalog.find("layers", raw["type"])
        return catalog.snake_case(found.name if found else raw["type"][-MAX_LENGTH:].rsplit(">", 1)[-1]) or "node"

    def valid_name(self, name: object, path: Path, at_key: bool = False) -> bool:
        """Return whether `name` is a valid name; note a problem if not."""
        if isinstance(name, str) and len(name) <= MAX_LENGTH and NAME.match(name):
            return True
        found = f"must be a name: a letter, then letters, digits and single underscores, got {show(name)}"
        if isinstance(name, str) and len(name) > MAX_LENGTH:
            found = f"a name must have at most {MAX_LENGTH} characters, got {len(name)}"
        self.checker.add(Problem(path, found, at_key=at_key))
        return False

    def _inputs(self, site: Site) -> tuple[str, ...]:
        """Return the full names of a node's inputs; `site.inputs` are the outputs of the node above it."""
        if "inputs" not in site.raw:
            if not site.inputs and site.path == ("layers", 0):
                found = f"needs 'inputs': the recipe has several inputs ({name_list(self.inputs)})"
                self.checker.add(Problem(site.path, found, hint='write "inputs": ["..."] with the name of its input'))
            return site.inputs
        given = site.raw["inputs"]
        if not isinstance(given, list) or not given:
            self.checker.add(Problem(site.at("inputs"), f"must be a non-empty list of names, got {show(given)}"))
            return ()
        self.checker.count(len(given), site.at("inputs"))
        full = [self.named(name, site.at("inputs", i), site.frame, (site.name,)) for i, name in enumerate(given)]
        known = tuple(name for name in full if name)
        return known if len(known) == len(full) else ()

    def named(self, name: object, path: Path, frame: Frame, without: Collection[str] = ()) -> str | None:
        """Return the full name of the node or input `name`; note a problem and return None if it is not in scope.

        The problem does not suggest the full names in `without`.
        """
        full = frame.find(name) if isinstance(name, str) else None
        if full is None:
            self.checker.add_new(
                path, f"node {show(name)}", lambda: self._unknown_node(name, path, frame.names_in_scope(without))
            )
        return full

    def _unknown_node(self, name: object, path: Path, names_in_scope: list[str]) -> Problem:
        hint = did_you_mean(str(name), names_in_scope) or self._scope_hint(name)
        return Problem(
            path, f"node {show(name)} is not defined in this scope", name_list(names_in_scope, str(name)), hint
        )

    def _scope_hint(self, name: object) -> str:
        """Return the hint for the name of a node that is not in scope; "" if there is no such node."""
        full = next((node.name for node in self.nodes if node.name.rpartition(".")[2] == name), "")
        if "." in full:
            outer = show(full.split(".")[0])
            return f"it is inside {outer}: use {outer}, which is its output"
        return "a block can use only its own nodes: pass others in the 'inputs' of its call" if full else ""

    def _node(self, site: Site) -> tuple[str, ...]:
        """Expand one node; return the names of its output tensors."""
        kind = site.raw["type"]
        if kind in self.blocks:
            self.scopes.append(Node(site.name, kind, self._call(site), path=site.path))
        elif kind in self.expansions:
            outgoing = self.expansions[kind](self, site)
            if outgoing is not None:
                self.scopes.append(Node(site.name, kind, outgoing, path=site.path))
        else:
            self._layer(site)
        return (site.name,)

    def _layer(self, site: Site) -> None:
        signature = self.checker.signature("layers", site.raw["type"], site.at("type"), (*COMPOSITES, *self.blocks))
        factors = set(FACTOR_KEYS).difference(signature.arguments if signature else ())
        given = {key: value for key, value in site.raw.items() if key not in NODE_KEYS and key not in factors}
        if signature is None:
            self.checker.mark_params_used(site.raw, site.scope)
            return
        at = site.at("inputs") if "inputs" in site.raw else site.path
        self.check_arity(signature.name, len(site.inputs), at)
        arguments = self.checker.arguments(signature, given, site.path, site.scope, FACTOR_KEYS)
        own = {key: value for key, value in site.raw.items() if key in factors}
        self.checker.count(len(own), site.path)
        own = read_factors(own, site.path, site.scope, self.checker)
        self.add(site.name, signature.name, site.inputs, arguments, site.path, own)

    def add(
        self,
        name: str,
        kind: str,
        inputs: tuple[str, ...],
        arguments: object,
        path: Path,
        factors: Mapping = frozen_mapping(),
    ) -> None:
        """Add a layer to the network; UNKNOWN arguments are dropped."""
        known = arguments if isinstance(arguments, Mapping) else {}
        self.nodes.append(Node(name, kind, inputs, frozen_mapping(known), path, frozen_mapping(factors)))

    def check_arity(self, kind: str, count: int, path: Path) -> None:
        """Note a problem if a layer of class `kind` does not accept `count` tensors."""
        fewest, most = layer_facts(kind).n_inputs if catalog.find("layers", kind) else (1, None)
        if count == 0 or fewest <= count <= (count if most is None else most):
            return
        wanted = str(fewest) if fewest == most else f"at least {fewest}" if most is None else f"{fewest} to {most}"
        noun = "input" if wanted == "1" else "inputs"
        hint = "merge them first, with a node of type Concatenate or Add" if count > fewest else "name them in 'inputs'"
        self.checker.add(Problem(path, f"{kind} takes {wanted} {noun}, got {count}", hint=hint))

    def check_keys(self, site: Site, what: str, allowed: Iterable[str], needed: Iterable[str] = ()) -> set[str]:
        """Note keys of a composite or block call that are not `allowed`, and missing `needed` keys.

        Return the allowed keys that misspelt keys probably mean.
        """
        allowed = dict.fromkeys((*allowed, *NODE_KEYS))
        self.checker.count(len(site.raw), site.path)
        for key in site.raw:
            if key not in allowed:
                hint = "set it in the nodes with weights" if key in FACTOR_KEYS else ""
                self.checker.unknown_key(site.at(key), f"key {show(key)} of {what}", allowed, hint)
                self.checker.mark_params_used(site.raw[key], site.scope)
        misspelt_names = misspelt(site.raw, allowed)
        for key in needed:
            if key not in site.raw and key not in misspelt_names:
                self.checker.add(Problem(site.path, f"{what} needs {show(key)}"))
        return misspelt_names

    def _call(self, site: Site) -> tuple[str, ...]:
        name = site.raw["type"]
        self._used_names.add(name)
        if name in site.calls:
            chain = " -> ".join([*site.calls[site.calls.index(name) :], name])
            self.checker.add(Problem(site.at("type"), f"block {show(name)} contains itself: {chain}"))
            return site.inputs
        values = dict(self.blocks[name]["params"])
        self.checker.count(len(values), site.path)
        self.check_keys(site, f"block {show(name)}", values)
        for key in values:
            if key in site.raw and key not in NODE_KEYS:
                values[key] = self.checker.value(Anything(), site.raw[key], site.at(key), site.scope)
        with self.checker.hinting(call_hint(site.path)):
            return self._body(site, name, values)

    def _body(self, site: Site, name: str, values: dict) -> tuple[str, ...]:
        """Expand the layers of a block; only its own params and nodes are in scope."""
        origins: dict[str, Path] = {key: ("blocks", name, "params", key) for key in values}
        self.defined.update(dict.fromkeys(origins.values()))
        frame = Frame(f"{site.name or name}.")
        scope, calls = Scope(values, origins, _OWN_PARAMS), (*site.calls, name)
        inner = replace(site, frame=frame, scope=scope, calls=calls, depth=site.depth + 1)
        return self.expand_list(inner, self.blocks[name]["layers"], ("blocks", name, "layers"))


Expansion = Callable[[Expander, Site], tuple[str, ...] | None]
_OWN_PARAMS = "a block can use only its own params: define it in the block's 'params', and set it in the call"
