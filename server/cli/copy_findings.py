"""What `copydesk doctor` looks at beyond the machine: templates, the local model, orphans, stores it cannot open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from copydesk.content.operations.orphans import read_orphans
from copydesk.content.writers.local.model_files import bundled_path
from copydesk.content.writers.outline import satisfiable
from copydesk.server.cli.findings import Finding
from copydesk.store.errors import CorruptStore, ForeignFile, NewerSchema

if TYPE_CHECKING:
    from copydesk.content.definition.models import Site
    from copydesk.content.settings import Settings
    from copydesk.store.errors import StoreError
    from copydesk.store.store import Store

__all__ = ["look_at_local_model", "look_at_orphans", "look_at_templates", "unusable_store"]

_MOST_NAMED: Final = 5
_FIXES: Final[dict[type[StoreError], str]] = {
    NewerSchema: "Update copydesk (`pip install --upgrade copydesk`), or `copydesk restore` a backup of this version.",
    CorruptStore: "`copydesk restore BACKUP` puts a backup in its place and keeps the damaged file beside it.",
    ForeignFile: "Name another file with --database, or with the setting database.",
}


def look_at_templates(site: Site) -> Iterator[Finding]:
    """Templates whose schema the writer of placeholder drafts cannot meet."""
    used = Counter(one.template for route in site.routes for one in route.sections if one.content is None)
    for name, sections in used.items():
        template = site.templates[name]
        reason = satisfiable(template.schema) if template.generate else None
        if reason is not None:
            message = f"{name} ({sections} sections) cannot be drafted by outline: {reason}"
            yield Finding("template", "note", message, "Simplify its schema, or choose another writer for it.")


def look_at_local_model(settings: Settings) -> Iterator[Finding]:
    """Whether the writer local is ready, where its library is installed. If it is chosen, its own look says more."""
    if find_spec("xllamacpp") is None or settings.writer == "local":
        return
    path = bundled_path()
    if path.is_file():
        yield Finding("model", "ok", f"The writer local has its model: {path}.")
    else:
        message = "The writer local is installed, but its small model is not."
        yield Finding("model", "note", message, "`copydesk model fetch`, or name a GGUF file: --writer local:PATH.")


async def look_at_orphans(store: Store, site: Site) -> list[Finding]:
    """Copy of sections that the definition does not have any more."""
    held = await store.read(read_orphans, site)
    names = list(dict.fromkeys(f"{one.page}/{one.section}" for one in held))
    if not names:
        return []
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    message = f"Copy of sections that {site.id} does not define any more: {', '.join(names[:_MOST_NAMED])}{more}."
    fix = "If they were renamed, give them their old ids back. Else leave it: it is neither published nor exported."
    return [Finding("orphans", "note", message, fix)]


def unusable_store(error: StoreError, path: str) -> Finding:
    """A database that cannot be opened, with the way back."""
    fix = _FIXES.get(type(error), "--database names another.")
    return Finding("database", "wrong", str(error), f"{fix} The file is {path}.")
