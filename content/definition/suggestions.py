"""The nearest right name for a wrong one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

__all__ = ["did_you_mean", "listed", "nearest"]

_CLOSE_ENOUGH = 0.6
_LONGEST_COMPARED = 100
_MOST_LISTED = 6


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `name` was most likely meant to be, or None when none is near.

    Letter case and a missing or wrong namespace are forgiven first (`Hero`, `hero` and `cor:hero` all mean
    `core:hero`); after that the spelling decides.
    """
    pool = list(dict.fromkeys(candidates))
    folded = name.casefold()
    same_name = [candidate for candidate in pool if candidate.casefold() == folded]
    same_stem = [candidate for candidate in pool if _stem(candidate) == _stem(name)]
    return next(iter(same_name or same_stem or _similar(folded, pool)), None)


def did_you_mean(name: str, candidates: Iterable[str]) -> str:
    """The end of a sentence about an unknown `name`, with its full stop or question mark.

    `did you mean "home"?` when something is near, otherwise what there is: `there are "home" and "about".`
    """
    pool = list(dict.fromkeys(candidates))
    near = nearest(name, pool)
    if near is not None:
        return f'did you mean "{near}"?'
    if not pool:
        return "there are none."
    return f"there {'is' if len(pool) == 1 else 'are'} {listed(pool)}."


def listed(names: Sequence[str]) -> str:
    """`"a", "b" and "c"`; a long list ends with how many more there are."""
    quoted = [f'"{name}"' for name in names[:_MOST_LISTED]]
    if len(names) > _MOST_LISTED:
        return f"{', '.join(quoted)} and {len(names) - _MOST_LISTED} more"
    if len(quoted) == 1:
        return quoted[0]
    return f"{', '.join(quoted[:-1])} and {quoted[-1]}"


def _stem(name: str) -> str:
    return name.rpartition(":")[2].casefold()


def _similar(folded: str, pool: list[str]) -> list[str]:
    # Comparing is quadratic in the length, and nobody misspells a name of a hundred letters.
    if len(folded) > _LONGEST_COMPARED:
        return []
    by_folded = {candidate.casefold(): candidate for candidate in pool if len(candidate) <= _LONGEST_COMPARED}
    return [by_folded[match] for match in get_close_matches(folded, by_folded, n=1, cutoff=_CLOSE_ENOUGH)]
