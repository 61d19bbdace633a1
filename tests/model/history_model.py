"""What the copy and its history should be, in plain Python: revisions, changes, and who undid what."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

PREVIEW, PRODUCTION = "preview", "production"

SectionKey: TypeAlias = tuple[str, str]
"""(page, section)"""


class Place(NamedTuple):
    """Where copy stands."""

    environment: str
    page: str
    section: str

    @property
    def key(self) -> SectionKey:
        return (self.page, self.section)


@dataclass(frozen=True)
class ModelRevision:
    id: int
    operation: int
    key: SectionKey
    fields: dict[str, Any]
    origin: str


@dataclass
class ModelChange:
    id: int
    operation: int
    place: Place
    before: int | None
    after: int | None
    undoes: int | None = None
    undone_by: int | None = None


@dataclass
class History:
    """Ids count from 1, so that the model knows them before the store gives them."""

    revisions: list[ModelRevision] = field(default_factory=list)
    changes: list[ModelChange] = field(default_factory=list)
    copy: dict[Place, int] = field(default_factory=dict)

    def write(self, operation: int, place: Place, fields: dict[str, Any], origin: str) -> int:
        """New copy of a section; its revision."""
        made = ModelRevision(len(self.revisions) + 1, operation, place.key, fields, origin)
        self.revisions.append(made)
        self.move(operation, place, made.id)
        return made.id

    def move(self, operation: int, place: Place, after: int | None, undoes: int | None = None) -> ModelChange:
        change = ModelChange(len(self.changes) + 1, operation, place, self.copy.get(place), after, undoes)
        self.changes.append(change)
        if after is None:
            self.copy.pop(place, None)
        else:
            self.copy[place] = after
        return change

    def revision(self, number: int) -> ModelRevision:
        return self.revisions[number - 1]

    def change(self, number: int) -> ModelChange:
        return self.changes[number - 1]

    def held(self, place: Place) -> ModelRevision | None:
        number = self.copy.get(place)
        return None if number is None else self.revision(number)

    def take_back(self, operation: int, change: ModelChange) -> None:
        """Undo one change. What it undid itself stands again, and so on down."""
        inverse = self.move(operation, change.place, change.before, undoes=change.id)
        change.undone_by = inverse.id
        while change.undoes is not None:
            below = self.change(change.undoes)
            below.undone_by = None if change.undone_by else change.id
            change = below

    def standing(self, operations: list[int]) -> list[ModelChange]:
        """Changes of these operations that nobody undid, newest first."""
        return [one for one in reversed(self.changes) if one.operation in operations and not one.undone_by]

    def who_undid(self, operation: int) -> set[int]:
        """The operations that undid changes of this one."""
        undoing = [one.undone_by for one in self.changes if one.operation == operation and one.undone_by]
        return {self.change(number).operation for number in undoing}

    def has_drifted(self, undone: list[ModelChange]) -> bool:
        """Whether undoing these, newest first, would overwrite what somebody did since.

        Somebody who brought the same revision back has done something since, too.
        """
        stands: dict[Place, int | None] = {}
        for change in undone:
            if stands.get(change.place, self.copy.get(change.place)) != change.after:
                return True
            if any(later.id > change.id and later not in undone for later in self._own_changes(change.place)):
                return True
            stands[change.place] = change.before
        return False

    def _own_changes(self, place: Place) -> list[ModelChange]:
        """Those that stand and undo nothing."""
        return [one for one in self.changes if one.place == place and not one.undoes and not one.undone_by]

    def last_release(self, key: SectionKey, promotes: set[int]) -> ModelChange | None:
        """The newest promote of the section that stands."""
        place = Place(PRODUCTION, *key)
        found = (one for one in reversed(self.changes) if one.place == place and one.operation in promotes)
        return next((one for one in found if not one.undone_by), None)
