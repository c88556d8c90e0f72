"""Which source is used: saved pages where a folder is given, else the catalogue with a key, else the documentation."""

from pathlib import Path
from typing import Final

from django.conf import settings

from kie.sync import questions
from kie.sync.polite import Polite
from kie.sync.sources import Both, Catalogue, Docs, Folder, Source

CHOICES: Final = ("auto", "catalogue", "docs")
CACHE: Final = "kie-sync"  # in TRT_HOME: pages with their ETags
IN_CATALOGUE: Final = "/market/"  # pages of models that the catalogue has


def chosen(source: str = "auto", folder: Path | None = None) -> Source:
    """The source by its name, or the folder."""
    if folder is not None:
        return Folder(folder)
    if source == "docs" or (source == "auto" and not has_key()):
        return _docs()
    catalogue = Catalogue(questions.mine)
    return catalogue if source == "catalogue" else Both(catalogue, _docs(dedicated=True))


def by_name(name: str) -> Source:
    """The source of a run that is under way."""
    if name == Docs.name:
        return _docs()
    return chosen("catalogue" if name == Catalogue.name else "auto")


def has_key() -> bool:
    """Whether the real KIE knows us: a local one has no catalogue."""
    return bool(settings.KIE_API_KEY) and "kie" not in settings.SANDBOX_PEERS


def _docs(*, dedicated: bool = False) -> Docs:
    polite = Polite(Path(settings.TRT_HOME) / CACHE)
    return Docs(
        polite, settings.KIE_DOCS_URL, (lambda address: IN_CATALOGUE not in address) if dedicated else lambda _: True
    )
