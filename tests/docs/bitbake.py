"""Parse recipes with BitBake, and unpack their source: ``python tests/docs/bitbake.py FOLDER REPOSITORY RECIPE...``.

1. BitBake's parser and its fetcher of Git are those of the distribution bitbake-setup. The rules of OpenEmbedded are
   placeholders.
2. The fetcher clones *REPOSITORY*, a path, instead of the repository in ``SRC_URI``. *FOLDER* is empty.
3. The last line of the output is JSON: the values of each recipe, in the order of the arguments.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType

# Modules that the distribution does not contain, for a server of hashes that is not used here.
for _name in ("hashserv", "hashserv.client"):
    sys.modules[_name] = ModuleType(_name)
sys.modules["hashserv"].client = sys.modules["hashserv.client"]  # type: ignore[attr-defined]

import bb.data  # noqa: E402
import bb.fetch2  # noqa: E402
import bb.parse  # noqa: E402
import bb.siggen  # noqa: E402

FILES = {
    "conf/bitbake.conf": "",
    "classes/base.bbclass": "",
    "classes/python_hatchling.bbclass": 'DEPENDS += "python3-hatchling-native"\n',
}
#: As in OpenEmbedded since 5.3: the folder of a checkout has the name of the recipe, or that of ``destsuffix``.
SETTINGS = {
    "BB_GIT_DEFAULT_DESTSUFFIX": "${PN}-git",
    "PN": "${@bb.parse.vars_from_file(d.getVar('FILE'), d)[0]}",
    "__bbclasstype": "recipe",
    "AUTOREV": "${@bb.fetch2.get_autorev(d)}",
    "BB_SRCREV_POLICY": "clear",
}


def values(recipe: Path, folder: Path, repository: Path) -> dict[str, str]:
    """Return the values of a recipe, and the texts of two files in the folder of its source."""
    work = folder / recipe.stem
    settings = bb.data.init()
    settings.setVar("BBPATH", str(folder))
    for name, part in (
        ("TOPDIR", "top"),
        ("DL_DIR", "downloads"),
        ("UNPACKDIR", "sources"),
        ("PERSISTENT_DIR", "kept"),
    ):
        settings.setVar(name, str(work / part))
        (work / part).mkdir(parents=True)
    for name, value in SETTINGS.items():
        settings.setVar(name, value)
    bb.parse.siggen = bb.siggen.init(settings)
    parsed = bb.parse.handle(str(recipe), settings)[""]
    source = Path(parsed.getVar("S"))
    found = {name: parsed.getVar(name) or "" for name in parsed if name.isupper() or name.startswith("RDEPENDS")}
    _, _, parameters = parsed.getVar("SRC_URI").partition(";")
    parsed.setVar("SRC_URI", f"git://{repository};{parameters.replace('protocol=https', 'protocol=file')}")
    bb.fetch2.get_hashvalue(parsed)  # as in OpenEmbedded: resolves AUTOREV
    fetcher = bb.fetch2.Fetch(parsed.getVar("SRC_URI").split(), parsed)
    fetcher.download()
    fetcher.unpack(parsed.getVar("UNPACKDIR"))
    for name in ("LICENSE", "pyproject.toml"):
        found[f"text of {name}"] = (source / name).read_text(encoding="utf-8")
    return found


def main() -> None:
    """Run the command line."""
    folder, repository, *recipes = map(Path, sys.argv[1:])
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    print(json.dumps([values(recipe, folder, repository) for recipe in recipes]))


if __name__ == "__main__":
    main()
