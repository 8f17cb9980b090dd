"""Choices that a row's own text makes: the same on every machine, in every order, whatever other rows there are."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")


class Dice:
    """A stream of choices made from a hash."""

    def __init__(self, *parts: object) -> None:
        """Begin a stream; equal parts give equal streams."""
        self._key = "\0".join(map(str, parts)).encode("utf-8", "surrogatepass")
        self._count = 0

    def below(self, number: int) -> int:
        """A whole number from 0 to below ``number``."""
        self._count += 1
        digest = blake2b(self._key, digest_size=8, salt=self._count.to_bytes(8, "little")).digest()
        return int.from_bytes(digest, "little") % number

    def choose(self, values: Sequence[T]) -> T:
        """One of some values."""
        return values[self.below(len(values))]

    def some(self, values: Sequence[T], number: int) -> list[T]:
        """So many different values (all, if there are no more), in their order."""
        left = list(range(len(values)))
        taken = [left.pop(self.below(len(left))) for _ in range(min(number, len(left)))]
        return [values[k] for k in sorted(taken)]
