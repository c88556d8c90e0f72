"""The message catalogues: English stands in the code, Russian in bot/locale/ru/LC_MESSAGES/django.po.

After a change of texts: `python -m bot.texts` brings the .po up to the code (sorted by file; what is gone goes, too),
compiles it, and lists what still wants a translation: translate that in the .po and run it again. Exit 1 while anything is missing.
"""

import os
import sys
from io import BytesIO
from pathlib import Path

from babel.messages import extract, mofile, pofile
from babel.messages.catalog import Catalog

PACKAGE = Path(__file__).resolve().parent
LOCALES = PACKAGE / "locale"
RUSSIAN = LOCALES / "ru" / "LC_MESSAGES" / "django.po"
KEYWORDS = {"_": None, "gettext": None, "gettext_noop": None, "ngettext": (1, 2), "pgettext_lazy": ((1, "c"), 2)}
PLURALS = 3  # forms of a Russian word after a number
HEADER = """\
# Russian texts of the bot. How to update: bot/texts.py.
msgid ""
msgstr ""
"Language: ru\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);\\n"

"""


def compile_catalogues() -> list[Path]:
    """Compile every .po of any app whose .mo is missing or older; says which. Run before Django starts: it reads a .mo once."""
    compiled = []
    for path in sorted(PACKAGE.parent.glob("*/locale/*/LC_MESSAGES/*.po")):
        target = path.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < path.stat().st_mtime:
            content = BytesIO()
            mofile.write_mo(content, read(path))
            temporary = target.with_suffix(f".{os.getpid()}.new")
            temporary.write_bytes(content.getvalue())
            temporary.replace(target)  # another process may be doing the same
            compiled.append(target)
    return compiled


def read(path: Path) -> Catalog:
    """A .po as it stands."""
    with path.open("rb") as file:
        return pofile.read_po(file, locale=path.parts[-3])


def write(catalogue: Catalog) -> None:
    """Keep the Russian .po: sorted by file, without line numbers, dates and texts that are gone, so that a diff shows words only."""
    content = BytesIO()
    catalogue.obsolete.clear()
    pofile.write_po(content, catalogue, sort_by_file=True, include_lineno=False, width=120, omit_header=True)
    RUSSIAN.write_text(HEADER + content.getvalue().decode())


def extracted() -> Catalog:
    """All texts of the bot's code."""
    catalogue = Catalog(charset="utf-8")
    found = extract.extract_from_dir(PACKAGE, [("**.py", "python")], keywords=KEYWORDS)
    for name, line, text, comments, context in found:
        catalogue.add(text, None, [(f"bot/{name}", line)], auto_comments=comments, context=context)
    return catalogue


def missing(catalogue: Catalog) -> list[str]:
    """Texts without a Russian translation, or with one that somebody has to look at."""
    return [
        str(message.id) for message in catalogue if message.id and (message.fuzzy or not _all_forms(message.string))
    ]


def _all_forms(string: str | tuple[str, ...] | list[str] | None) -> bool:
    return all(string) and len(string) >= PLURALS if isinstance(string, (tuple, list)) else bool(string)


def main() -> int:
    """Update, compile, report."""
    catalogue = read(RUSSIAN)
    catalogue.update(extracted(), no_fuzzy_matching=True)
    write(catalogue)
    compile_catalogues()
    wanting = missing(catalogue)
    for text in wanting:
        sys.stdout.write(f"not translated: {text}\n")
    return 1 if wanting else 0


if __name__ == "__main__":
    raise SystemExit(main())
