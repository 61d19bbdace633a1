"""Write, publish and undo the copy of the sample site in a copy of it; or of the project named on the command line."""

import shutil
import sys
import tempfile
from pathlib import Path

import anyio

from copydesk import PromoteOptions, RollbackOptions, SiteContentManager, open_desk


async def main(project: Path) -> None:
    async with open_desk(project) as desk:
        manager = SiteContentManager(desk)
        written = await manager.generate_all_async_complete()
        print("generate-all:", written.message)
        published = await manager.promote_sync(PromoteOptions(pages=("home",)))
        print("promote:", published.message)
        undone = await manager.rollback_sync(RollbackOptions(pages=("home",)))
        print("rollback:", undone.message)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        anyio.run(main, Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as folder:
            sample = Path(__file__).with_name("rye-and-shine")
            anyio.run(main, shutil.copytree(sample, Path(folder) / "rye-and-shine"))
