"""Lists as files for a spreadsheet: CSV, and XLSX with real numbers and moments. Nothing in them is ever a formula."""

import csv
import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any, Final
from xml.sax.saxutils import escape

from django.utils import timezone

MOST: Final = 50_000  # rows in one file, which is made in memory; more are asked for by narrower filters
TYPES: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
FORMULA: Final = tuple("=+-@＝＋－＠\t\r\n")  # with what a spreadsheet begins to reckon, or to hide that it does
UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # XML has no way to say them
EPOCH: Final = datetime(1899, 12, 30)  # noqa: DTZ001 (day 0 of a spreadsheet, which knows no zones)
LONGEST: Final = 32_767  # characters in a cell

Row = Sequence[Any]


class TooMany(Exception):
    """More rows than one file holds."""


def made(form: str, head: Row, rows: Iterable[Row]) -> bytes:
    """The file: `form` is csv or xlsx. Raises TooMany after MOST rows, KeyError for another form."""
    return {"csv": _csv, "xlsx": _xlsx}[form](head, _bounded(rows))


def harmless(text: str) -> str:
    """A stranger's text for a cell: with an apostrophe in front where a spreadsheet would take it for a formula."""
    clean = UNWRITABLE.sub("", text)
    suspect = clean.startswith(FORMULA) or clean.lstrip().startswith(FORMULA)
    return ("'" + clean if suspect else clean)[:LONGEST]


def _bounded(rows: Iterable[Row]) -> Iterable[Row]:
    for number, row in enumerate(rows):
        if number >= MOST:
            raise TooMany
        yield row


def _csv(head: Row, rows: Iterable[Row]) -> bytes:
    """With a byte order mark: Excel takes other UTF-8 for something else."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow([harmless(str(name)) for name in head])
    writer.writerows([_in_csv(value) for value in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _in_csv(value: Any) -> Any:
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M:%S")
    return value if isinstance(value, (int, Decimal)) else harmless(str(value or ""))


# The smallest workbook that spreadsheets open: one sheet, texts in their cells, two styles (2: a moment, 1: bold).
PARTS: Final = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
    '<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>'
    '<Relationship Id="r2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>',
    "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="TRT" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/styles.xml": '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    '<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>'
    "<fonts count=\"2\"><font><sz val=\"11\"/><name val=\"Calibri\"/></font><font><b/><sz val=\"11\"/><name val=\"Calibri\"/></font></fonts>"
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="3"><xf xfId="0"/>'
    '<xf xfId="0" fontId="1" applyFont="1"/><xf xfId="0" numFmtId="164" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}  # fmt: skip
DECLARED: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
SHEET: Final = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    '<cols><col min="1" max="1" width="20" customWidth="1"/></cols><sheetData>'
)


def _xlsx(head: Row, rows: Iterable[Row]) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as workbook:
        for name, part in PARTS.items():
            workbook.writestr(name, DECLARED + part)
        with workbook.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write((DECLARED + SHEET + _line(head, style=1)).encode())
            for row in rows:
                sheet.write(_line(row).encode())
            sheet.write(b"</sheetData></worksheet>")
    return file.getvalue()


def _line(row: Row, style: int = 0) -> str:
    return f"<row>{''.join(_cell(value, style) for value in row)}</row>"


def _cell(value: Any, style: int) -> str:
    if isinstance(value, datetime):
        days = (timezone.localtime(value).replace(tzinfo=None) - EPOCH).total_seconds() / 86400
        return f'<c s="2"><v>{days:.8f}</v></c>'
    if isinstance(value, (int, Decimal)):
        return f"<c><v>{value}</v></c>"
    text = escape(harmless(str(value or "")))
    return f'<c s="{style}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
