"""`manage.py trace`: the story of one correlation id, found and told as in the admin."""

import json as as_json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any, Final

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation
from django.utils.text import capfirst

from reliability import cid as cids
from trt.console.story import Line, born, search, story

MOMENT: Final = "%Y-%m-%d %H:%M:%S.%f"


class Command(BaseCommand):
    help = (
        "Tell what happened under a correlation id or a support code, in time order; other words that lead to several stories "
        "list their rows with their codes, the latest first. Exit 0: it is known; 2: it is not."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "words",
            help="26 characters, as in the log; a support code of eight, as the person sees it; or a KIE task id, a payment id, "
            "a reference, a Telegram id, a username",
        )
        parser.add_argument(
            "--json", action="store_true", help="one object: the ids, and the lines where it is one story"
        )

    def handle(self, *, words: str, json: bool, **options: Any) -> None:
        with translation.override("en"):  # as the log speaks
            lines, found = search(words, User(is_superuser=True))  # who has a shell here may see everything
            ids = cids_of(lines or found)
            if found and len(ids) == 1:
                lines = story(ids[0])
            if not ids:
                raise CommandError(f"Nothing is known of {words}.", returncode=2)
            if json:
                told = {"cids": ids, "lines": [asdict(line) for line in lines]}
                self.stdout.write(as_json.dumps(told, default=str, ensure_ascii=False, indent=2))
            elif lines:
                self._tell(lines)
            else:
                self._offer(found)

    def _offer(self, found: list[Any]) -> None:
        self.stdout.write(f"{'time, UTC':<26} {'code':<9}  what: several stories, so trace one of these codes")
        for row in found:
            what = f"{capfirst(row._meta.verbose_name)}  {row}"
            self.stdout.write(f"{born(row):{MOMENT}} {cids.support_code(row.cid)}  {_in_one_line(what)}")

    def _tell(self, lines: list[Line]) -> None:
        for whose in cids_of(lines):
            self.stdout.write(f"{whose}  support code {cids.support_code(whose)}")
        self.stdout.write(f"{'time, UTC':<26} {'start, s':>10} {'before, s':>10} {'stage, s':>10}  what")
        for line in lines:
            self.stdout.write(_told(line))


def cids_of(lines: Iterable[Any]) -> list[str]:
    """Of lines, or of rows. Those of one story have several only where a support code is the end of several."""
    return sorted({line.cid for line in lines})


def _told(line: Line) -> str:
    stage = "" if line.stage_s is None else f"{line.stage_s:.3f}"
    what = "  ".join(part for part in (line.what, line.row, line.state, " · ".join(line.facts)) if part)
    return f"{line.at:{MOMENT}} {line.since_s:10.3f} {line.after_s:10.3f} {stage:>10}  {_in_one_line(what)}"


def _in_one_line(what: str) -> str:
    """Whatever an error had in it: rows are counted and sorted by eye and by `sort`."""
    return " ⏎ ".join(part.strip() for part in what.splitlines() if part.strip())
