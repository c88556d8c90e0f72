"""Message catalogues: compiled from their .po files by babel, so that no gettext need be installed."""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings


def compile_all() -> list[Path]:
    """Write the .mo of every .po that is newer than it; the ones written. A repeat writes nothing."""
    written = []
    for locale_dir in settings.LOCALE_PATHS:
        for po in sorted(Path(locale_dir).glob("*/LC_MESSAGES/*.po")):
            mo = po.with_suffix(".mo")
            if mo.exists() and mo.stat().st_mtime >= po.stat().st_mtime:
                continue
            with po.open("rb") as source:
                catalog = read_po(source)
            partial = mo.with_suffix(".part")
            with partial.open("wb") as target:
                write_mo(target, catalog)
            partial.replace(mo)
            written.append(mo)
    return written
