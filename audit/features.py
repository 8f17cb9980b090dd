"""What checks share, computed once for each data set and kept with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.audit import content_order, limits
from assay.audit.dataset import memoised
from assay.audit.encoders.choice import choose, encode
from assay.audit.encoders.protocol import Identity, lsa_identity
from assay.audit.encoders.request import Request, verify
from assay.audit.errors import ConfigError
from assay.audit.lexical.engine import Similar, find_similar
from assay.audit.lexical.verify import SIMILARITY
from assay.audit.scale.request import Scale

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from assay.audit.dataset import Dataset
    from assay.audit.encoders.choice import Chosen
    from assay.audit.neighbours.search import Neighbours

LOWEST_SIMILARITY = 0.75
"""Below it candidate pairs are missed: bands of 4 rows find half of the pairs at a Dice of about 0.7."""


@dataclass(frozen=True, slots=True, eq=False)
class Alike:
    """Equal, near-equal and contained texts of all splits together, and where each text stands."""

    found: Similar
    first: NDArray[np.int64]
    """(splits, rows) row of each split with the text of first row ``r``; -1 where it has none.

    Of several copies the one whose content hash is lowest: the order of the rows chooses only among identical ones.
    Column ``r`` is meaningful where ``r`` is its own ``found.rep``.
    """
    group: NDArray[np.int64]
    """Cluster number of every row, counted in order of first rows; -1 for rows like no other."""

    rank: NDArray[np.uint64]
    """Lowest content hash of each row's copies: breaks ties between texts in the same way however rows are ordered."""

    def group_of(self, row: int) -> int | None:
        """Cluster number of a row, None for a row like no other."""
        number = int(self.group[row])
        return number if number >= 0 else None


def alike(data: Dataset, similarity: float = SIMILARITY) -> Alike:
    """What is alike in a data set.

    Args:
        data: the data set.
        similarity: threshold for near-duplicates, 0.75..1 (Dice's coefficient over words, or over characters).

    Raises:
        MissingInputError: no text column is known.
        ConfigError: the threshold is out of range.
    """
    if not LOWEST_SIMILARITY <= similarity <= 1:
        raise ConfigError(f"similarity must be between {LOWEST_SIMILARITY} and 1, not {similarity}")
    key = ("alike", similarity)
    if key not in data.memo:
        found = _similar(data, similarity)
        limits.of_texts(data, found)
        data.memo[key] = Alike(found, _first_in_splits(data, found), _group_numbers(found), _ranks(data, found))
    known: Alike = data.memo[key]
    return known


def _similar(data: Dataset, similarity: float) -> Similar:
    if len(data) > content_order.MOST:
        return _compared(data, data.text, similarity)
    order = content_order.content_order(data.text)
    return content_order.in_rows(_compared(data, data.text.gather(order), similarity), order)


def _compared(data: Dataset, text: pl.Series, similarity: float) -> Similar:
    scale: Scale = data.memo.get(Scale, Scale())
    if scale.engine == "memory":
        return find_similar(text, similarity)
    from assay.audit.scale.comparison import compare  # noqa: PLC0415 - for what memory does not hold

    return compare(data, text, similarity, scale)


def _first_in_splits(data: Dataset, found: Similar) -> NDArray[np.int64]:
    table = np.full((len(data.splits), len(data)), -1, np.int64)
    for s, split in enumerate(data.splits):
        rows = np.arange(split.stop - 1, split.start - 1, -1, dtype=np.int64)
        table[s, found.rep[rows]] = rows  # written last to first: the first row stays
    _choose_copies(data, found, table)
    return table


def _choose_copies(data: Dataset, found: Similar, table: NDArray[np.int64]) -> None:
    """Of texts that several rows have, put the row of the lowest content hash into the table."""
    copied = np.flatnonzero(np.bincount(found.rep, minlength=len(data))[found.rep] > 1)
    order = copied[np.lexsort((-copied, data.hashes(copied)))[::-1]]  # the lowest hash, then the lowest row, is last
    for s, split in enumerate(data.splits):
        rows = order[(order >= split.start) & (order < split.stop)]
        table[s, found.rep[rows]] = rows


def _ranks(data: Dataset, found: Similar) -> NDArray[np.uint64]:
    lowest = data.hashes(np.arange(len(data), dtype=np.int64))
    copied = np.flatnonzero(found.rep != np.arange(len(data)))
    np.minimum.at(lowest, found.rep[copied], lowest[copied])
    return lowest[found.rep]


def copies_of(
    data: Dataset, rows: NDArray[np.int64], bounds: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Groups of rows with every row of the same folded text and split put beside each, in order of the rows.

    A finding about a text is about all of its copies, so that the order of the rows does not choose among them.

    Returns:
        the rows, the bounds of the groups, and for each row the place in ``rows`` that it is a copy of.
    """
    found = alike(data).found
    key = found.rep * len(data.splits) + data.split_codes
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    low, high = np.searchsorted(ordered, key[rows]), np.searchsorted(ordered, key[rows], side="right")
    sizes = high - low
    edges = np.concatenate([[0], np.cumsum(sizes)])
    source = np.repeat(np.arange(rows.size), sizes)
    return order[low[source] + np.arange(edges[-1]) - edges[source]], edges[bounds], source


def _group_numbers(found: Similar) -> NDArray[np.int64]:
    sizes = np.bincount(found.group, minlength=found.group.size)
    roots = np.flatnonzero(sizes > 1)
    number = np.full(found.group.size, -1, np.int64)
    number[roots] = np.arange(roots.size)
    return number[found.group]


@dataclass(frozen=True, slots=True, eq=False)
class Embedded:
    """Every row as a vector."""

    vectors: NDArray[np.float32]
    """(rows, dims) of unit length; zero for a row without a text."""
    encoder: Identity


def configure(data: Dataset, encoder: str = "auto", *, cache: bool = True) -> None:
    """Say which encoder ``embeddings`` uses for a data set, before a rule asks for them.

    Args:
        data: the data set.
        encoder: ``auto``, ``minilm``, ``static``, ``lsa``, a model folder or a hub id; ``fast:`` in front asks for
            the fastest engine of this machine.
        cache: whether vectors are kept on disk and looked for there.

    Raises:
        ConfigError: the encoder is not there; the message names the cure.
    """
    request = Request(encoder, cache)
    verify(request)
    data.memo[Request] = request


@memoised
def embeddings(data: Dataset) -> Embedded:
    """Vectors of the rows of all splits together, by the encoder in force (see ``configure``).

    Each distinct text is encoded once. The encoder becomes a fact of the audit (``audit.json``, key ``encoder``).

    Raises:
        MissingInputError: no text column is known.
        ConfigError: the encoder asked for is not there, or is not what it should be.
    """
    request: Request = data.memo.get(Request, Request())
    distinct = data.text.unique().sort()
    distinct = distinct.filter(distinct.str.strip_chars() != "")
    chosen = choose(request, short_texts(distinct))
    if chosen is None:
        vectors = lsa(data)
        known = Embedded(vectors, lsa_identity(vectors.shape[1]))
    else:
        known = Embedded(_encoded(data, distinct, request, chosen), chosen.identity)
    data.memo["fact", "encoder"] = known.encoder.facts()
    return known


def _encoded(data: Dataset, distinct: pl.Series, request: Request, chosen: Chosen) -> NDArray[np.float32]:
    scale: Scale = data.memo.get(Scale, Scale())
    if scale.engine == "memory":
        return _spread(data, distinct, encode(chosen, distinct.to_list(), cache=request.cache))
    from assay.audit.scale.embedding import encoded  # noqa: PLC0415 - as above

    return encoded(data, scale, request, chosen)


def short_texts(texts: pl.Series) -> int:
    """How many short texts (64 bytes, a dozen words) are as much work to encode as these; encoders read 1 KB of one."""
    return int(texts.str.len_bytes().clip(64, 1024).sum()) // 64


def _spread(data: Dataset, distinct: pl.Series, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Vectors of distinct texts (in order of text) given to every row that has the text; zero for no text."""
    at = distinct.search_sorted(data.text).to_numpy()
    blank = (data.text.str.strip_chars() == "").to_numpy()
    out = np.zeros((len(data), vectors.shape[1]), np.float32)
    step = 1 << 16
    for start in range(0, len(out), step):  # so that no second copy of all vectors is made
        some = slice(start, start + step)
        out[some][~blank[some]] = vectors[at[some][~blank[some]]]
    return out


def neighbours(data: Dataset, k: int) -> Neighbours:
    """The k nearest other rows of each row by cosine of their embeddings, all splits together.

    Raises:
        MissingInputError: no text column is known.
    """
    from assay.audit.neighbours.search import nearest  # noqa: PLC0415 - not every rule needs it

    key = ("neighbours", k)
    if key not in data.memo:
        found = data.memo[key] = nearest(embeddings(data).vectors, k)
        if found.recall < 1:  # not every pair was looked at: a fact of the audit, beside the encoder's
            data.memo["fact", "encoder"] |= {"neighbour_recall": round(found.recall, 4)}
            limits.say(data, "neighbours", recalled(found))
    known: Neighbours = data.memo[key]
    return known


def recalled(found: Neighbours) -> str:
    """What a search that did not look at every pair found, in words."""
    return (
        f"the nearest texts of {len(found.index):,} were looked for among those of like meaning: {found.recall:.1%} of "
        "the true ones were found, measured against an exact search on a sample"
    )


def lsa(data: Dataset, dims: int = 256) -> NDArray[np.float32]:
    """Vectors float32 (rows, dims) of unit length by latent semantic analysis of the set itself; zero for no text."""
    from assay.audit.encoders.lsa import reduce, tfidf  # noqa: PLC0415 - heavy

    key = ("lsa", dims)
    if key not in data.memo:
        data.memo[key] = reduce(tfidf(counts(data)), dims)
    known: NDArray[np.float32] = data.memo[key]
    return known


def counts(data: Dataset) -> csr_matrix:
    """Counts float32 (rows, grams) of the words and pairs of neighbouring words of every row; see ``grams``."""
    return _counted(data)[0]


def grams(data: Dataset) -> pl.Series:
    """Names of the columns of ``counts``: ``word`` or ``two words``, lower case."""
    return _counted(data)[1]


@memoised
def _counted(data: Dataset) -> tuple[csr_matrix, pl.Series]:
    from assay.audit.encoders.grams import count_grams  # noqa: PLC0415 - not every rule needs it

    return count_grams(data.text)
