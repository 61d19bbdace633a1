"""Orphans: copy of sections that the site definition does not have any more. Kept, neither promoted nor exported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from copydesk.store import entities

if TYPE_CHECKING:
    from copydesk.content.definition.models import Site
    from copydesk.store.database import Database
    from copydesk.store.models import Holding


def read_orphans(db: Database, site: Site) -> list[Holding]:
    """What stands in sections that the definition does not have, in all environments."""
    defined = {(route.id, section.id) for route in site.routes for section in route.sections}
    return [held for held in entities.holdings(db) if (held.page, held.section) not in defined]
