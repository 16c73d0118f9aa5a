"""Everything every thing came from, computed at once: the table behind the `lineage` view.

The nodes are actions and *values*. A value is an artifact together with the action that produced it: two actions
that happen to make equal content make two values, so content alone connects nobody. Only what came from outside,
with no producer, is one value for all who read it. At the end values are called by their artifact's id again.

The closure is computed over the heights of the graph, each height in a few array operations: the ancestors of a node
are its parents and their ancestors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modeldb.errors import QueryError

if TYPE_CHECKING:
    import numpy as np
    import pyarrow

    Numbers = np.ndarray[Any, np.dtype[np.int64]]

MOST_PAIRS = 40_000_000
"""Beyond this the closure is refused: it would take gigabytes."""


@dataclass(frozen=True)
class Nodes:
    """The graph in arrays. Nodes are numbered; an edge leads from what came first to what came of it."""

    ids: pyarrow.Array
    """Public ids: actions, then artifacts."""
    public: Numbers
    """Per node: which of `ids` it is called by."""
    source: Numbers
    target: Numbers

    @property
    def size(self) -> int:
        return len(self.public)


def read_graph(inputs: pyarrow.Table, outputs: pyarrow.Table) -> Nodes:
    """The graph of these rows of `action_inputs` and `action_outputs`."""
    import numpy as np
    import pyarrow as pa

    actions, (reader, producer, maker) = _numbered([inputs["action_id"], inputs["producer_id"], outputs["action_id"]])
    artifacts, (read, made) = _numbered([inputs["artifact_id"], outputs["artifact_id"]])
    n_actions = len(actions)
    # A value is (artifact, producer); -1 is "from outside".
    keys = np.concatenate([read * (n_actions + 1) + producer + 1, made * (n_actions + 1) + maker + 1])
    values, place = np.unique(keys, return_inverse=True)
    value_of_read = place[: len(read)] + n_actions
    value_artifact, value_producer = values // (n_actions + 1), values % (n_actions + 1) - 1
    known = np.flatnonzero(value_producer >= 0)
    source = np.concatenate([value_of_read, value_producer[known]])
    target = np.concatenate([reader, known + n_actions])
    # An action that is said to read what it produced itself would be its own ancestor.
    sane = np.concatenate([producer != reader, np.ones(len(known), dtype=bool)])
    public = np.concatenate([np.arange(n_actions), value_artifact + n_actions])
    return Nodes(pa.concat_arrays([actions, artifacts]), public, source[sane], target[sane])


def closure(inputs: pyarrow.Table, outputs: pyarrow.Table) -> pyarrow.Table:
    """(ancestor_id, descendant_id, distance) for every pair, at the shortest distance.

    Raises QueryError when there are more than `MOST_PAIRS`.
    """
    import numpy as np
    import pyarrow as pa

    nodes = read_graph(inputs, outputs)
    descendant, ancestor, distance = _all_ancestors(nodes)
    above, below = nodes.public[ancestor], nodes.public[descendant]
    width = int(distance.max(initial=0)) + 1
    pairs = (above * len(nodes.ids) + below) * width + distance
    pairs = np.sort(pairs[above != below])
    both = pairs // width
    first = np.concatenate([[True], both[1:] != both[:-1]]) if len(both) else np.empty(0, dtype=bool)
    both, distance = both[first], pairs[first] % width
    return pa.Table.from_arrays(
        [
            _words(both // len(nodes.ids), nodes.ids),
            _words(both % len(nodes.ids), nodes.ids),
            _integers(distance),
        ],
        names=["ancestor_id", "descendant_id", "distance"],
    )


def reachable(nodes: Nodes, identifier: str, *, upward: bool) -> tuple[list[str], list[int]]:
    """Ids and distances of everything one thing came from (`upward`) or led to, nearest first."""
    import numpy as np

    source, target = (nodes.target, nodes.source) if upward else (nodes.source, nodes.target)
    order = np.argsort(source, kind="stable")
    source, target = source[order], target[order]
    starts = np.searchsorted(source, np.arange(nodes.size + 1))
    start = nodes.ids.index(identifier).as_py()
    if start < 0:
        return [], []
    distance = np.full(nodes.size, -1, dtype=np.int64)
    frontier = np.flatnonzero(nodes.public == start)
    distance[frontier] = 0
    depth = 0
    while len(frontier):
        depth += 1
        reached = np.unique(target[_ranges(starts[frontier], starts[frontier + 1])])
        frontier = reached[distance[reached] < 0]
        distance[frontier] = depth
    nearest: dict[int, int] = {}
    found = np.flatnonzero(distance > 0)
    for node in found[np.argsort(distance[found], kind="stable")]:
        nearest.setdefault(int(nodes.public[node]), int(distance[node]))
    nearest.pop(start, None)
    return [nodes.ids[place].as_py() for place in nearest], list(nearest.values())


def lineage_table(tables: Callable[[Iterable[str]], dict[str, pyarrow.Table]]) -> pyarrow.Table:
    """The `lineage` view's table."""
    found = tables(["action_inputs", "action_outputs"])
    return closure(found["action_inputs"], found["action_outputs"])


def reachable_table(
    tables: Callable[[Iterable[str]], dict[str, pyarrow.Table]], identifier: str, *, upward: bool
) -> pyarrow.Table:
    """(id, kind, distance): what `ancestors('…')` and `descendants('…')` return."""
    import pyarrow as pa

    from modeldb.query.columns import column

    found = tables(["action_inputs", "action_outputs"])
    ids, distances = reachable(read_graph(found["action_inputs"], found["action_outputs"]), identifier, upward=upward)
    kinds = [_KINDS.get(identifier[:2], "action") for identifier in ids]
    return pa.Table.from_arrays(
        [column(ids, "text"), column(kinds, "word"), column(distances, "int")], names=["id", "kind", "distance"]
    )


_KINDS = {"d-": "dataset", "m-": "model", "f-": "file", "s-": "spec"}


def _all_ancestors(nodes: Nodes) -> tuple[Numbers, Numbers, Numbers]:
    """Arrays (node, ancestor, distance) of every pair of nodes."""
    import numpy as np

    order = np.argsort(nodes.target, kind="stable")
    parents, targets = nodes.source[order], nodes.target[order]
    first_edge = np.searchsorted(targets, np.arange(nodes.size + 1))
    start, count = np.zeros(nodes.size, dtype=np.int64), np.zeros(nodes.size, dtype=np.int64)
    kept: list[tuple[Numbers, Numbers, Numbers]] = []
    ancestors, distances = np.empty(1 << 16, dtype=np.int64), np.empty(1 << 16, dtype=np.int64)
    used = 0
    for level in _heights(nodes):
        edges = _ranges(first_edge[level], first_edge[level + 1])
        if not len(edges):
            continue
        parent, node = parents[edges], targets[edges]
        inherited = _ranges(start[parent], start[parent] + count[parent])
        heirs = np.repeat(node, count[parent])
        new = _nearest(
            np.concatenate([node, heirs]),
            np.concatenate([parent, ancestors[inherited]]),
            np.concatenate([np.ones(len(node), dtype=np.int64), distances[inherited] + 1]),
            nodes.size,
        )
        kept.append(new)
        total = used + len(new[0])
        if total > MOST_PAIRS:
            raise QueryError(
                f"The lineage of this store has more than {MOST_PAIRS:,} pairs. Ask about one thing instead: "
                "SELECT * FROM ancestors('m-…') or descendants('d-…')."
            )
        if total > len(ancestors):
            ancestors, distances = (np.resize(a, max(total, 2 * len(a))) for a in (ancestors, distances))
        ancestors[used:total], distances[used:total] = new[1], new[2]
        owners, begins = np.unique(new[0], return_index=True)
        start[owners] = used + begins
        count[owners] = np.diff(np.append(begins, len(new[0])))
        used = total
    empty = np.empty(0, dtype=np.int64)
    columns = zip(*kept, strict=True) if kept else ([empty], [empty], [empty])
    node, ancestor, distance = (np.concatenate(list(column)) for column in columns)
    return node, ancestor, distance


def _heights(nodes: Nodes) -> Iterable[Numbers]:
    """Nodes by the length of the longest way to them, so that a node's parents come before it.

    What lies on a cycle (only damaged records could make one) is left out.
    """
    import numpy as np

    order = np.argsort(nodes.source, kind="stable")
    children = nodes.target[order]
    first = np.searchsorted(nodes.source[order], np.arange(nodes.size + 1))
    waiting = np.bincount(nodes.target, minlength=nodes.size)
    level = np.flatnonzero(waiting == 0)
    while len(level):
        yield level
        reached = children[_ranges(first[level], first[level + 1])]
        np.subtract.at(waiting, reached, 1)
        reached = np.unique(reached)
        level = reached[waiting[reached] == 0]


def _nearest(node: Numbers, ancestor: Numbers, distance: Numbers, size: int) -> tuple[Numbers, Numbers, Numbers]:
    """Every (node, ancestor) once, at its least distance, sorted."""
    import numpy as np

    width = int(distance.max()) + 1
    owners, place = np.unique(node, return_inverse=True)
    keys = np.sort((place * size + ancestor) * width + distance)
    pair = keys // width
    first = np.concatenate([[True], pair[1:] != pair[:-1]])
    pair, keys = pair[first], keys[first]
    return owners[pair // size], pair % size, keys % width


def _ranges(starts: Numbers, ends: Numbers) -> Numbers:
    """The numbers of all half-open ranges, one after the other."""
    import numpy as np

    lengths = ends - starts
    offsets = np.repeat(starts - (np.cumsum(lengths) - lengths), lengths)
    return offsets + np.arange(len(offsets), dtype=np.int64)


def _numbered(columns: list[pyarrow.ChunkedArray]) -> tuple[pyarrow.Array, list[Numbers]]:
    """The distinct texts of some columns, and each column as their numbers, -1 for null."""
    import numpy as np
    import pyarrow as pa

    chunks = [chunk.cast(pa.string()) for column in columns for chunk in column.chunks]
    encoded = pa.chunked_array(chunks, pa.string()).combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    # Nulls make the numbers floats with NaN. (`fill_null` would do, but imports pandas.)
    numbers = np.nan_to_num(encoded.indices.to_numpy(zero_copy_only=False), nan=-1).astype(np.int64)
    ends = np.cumsum([len(column) for column in columns])[:-1]
    return encoded.dictionary, list(np.split(numbers, ends))


def _words(codes: Numbers, words: pyarrow.Array) -> pyarrow.Array:
    import numpy as np
    import pyarrow as pa

    indices = pa.Array.from_buffers(pa.int32(), len(codes), [None, pa.py_buffer(codes.astype(np.int32))])
    return pa.DictionaryArray.from_arrays(indices, words)


def _integers(values: Numbers) -> pyarrow.Array:
    import numpy as np
    import pyarrow as pa

    return pa.Array.from_buffers(
        pa.int64(), len(values), [None, pa.py_buffer(np.ascontiguousarray(values, dtype=np.int64))]
    )
