"""The admin's Russian: texts of all apps but bot, whose own are in bot/texts.py, and words of unfold, which has no Russian.

After a change of texts: `python -m trt.console.texts` brings the .po up to the code, compiles it, and lists what still
wants a translation. Exit 1 while anything is missing.
"""

import re
import sys
from io import BytesIO
from pathlib import Path

from babel.messages import extract, pofile
from babel.messages.catalog import Catalog

from bot.texts import KEYWORDS, compile_catalogues, missing, read

ROOT = Path(__file__).resolve().parents[2]
RUSSIAN = ROOT / "trt" / "locale" / "ru" / "LC_MESSAGES" / "django.po"
APPS = ("kie", "payments", "reliability", "trt")
IN_TEMPLATE = re.compile(r"""{%\s*trans(?:late)?\s+(?:"([^"]+)"|'([^']+)')""")
OF_UNFOLD = (
    "Apply Filters",
    "Click to cancel",
    "Dark",
    "Expand row",
    "Filters",
    "General",
    "Go back",
    "Light",
    "Loading more results...",
    "No data",
    "No results found",
    "No results matching your query",
    "Run",
    "Search apps and models...",
    "Select action",
    "Select action to run",
    "Select all rows",
    "Select record",
    "Select value",
    "Submit",
    "System",
    "This page yielded into no results. Create a new item or reset your filters.",
    "Toggle password visibility",
    "Type to search",
    "Unknown",
    "Welcome back to",
)
COUNTED_BY_UNFOLD = (  # with the blanks that its template has
    "\n                Found %(counter)s result in %(time)s seconds\n            ",
    "\n                Found %(counter)s results in %(time)s seconds\n            ",
)
HEADER = """\
# Russian texts of the admin. How to update: trt/console/texts.py.
msgid ""
msgstr ""
"Language: ru\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);\\n"

"""


def extracted() -> Catalog:
    """All texts of the admin: of our code, our templates, unfold."""
    catalogue = Catalog(charset="utf-8")
    for app in APPS:
        for name, _line, text, _comments, context in extract.extract_from_dir(
            ROOT / app, [("**.py", "python")], keywords=KEYWORDS
        ):
            catalogue.add(text, None, [(f"{app}/{name}", 0)], context=context)
    for template in sorted((ROOT / "templates").rglob("*.html")):
        for one, other in IN_TEMPLATE.findall(template.read_text()):
            catalogue.add(one or other, None, [(str(template.relative_to(ROOT)), 0)])
    for text in (*OF_UNFOLD, COUNTED_BY_UNFOLD):
        catalogue.add(text, None, [("unfold", 0)])
    return catalogue


def write(catalogue: Catalog) -> None:
    """Keep the .po sorted by file, without what is gone."""
    content = BytesIO()
    catalogue.obsolete.clear()
    pofile.write_po(content, catalogue, sort_by_file=True, include_lineno=False, width=120, omit_header=True)
    RUSSIAN.write_text(HEADER + content.getvalue().decode())


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
