"""`manage.py trace`: the story of one correlation id, as the admin tells it."""

import json as as_json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from reliability import cid as cids
from trt.console.story import Line, story


class Command(BaseCommand):
    help = (
        "Tell what happened under a correlation id or a support code, in time order. Exit 0: it is known; 2: it is not."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "cid", help="26 characters, as in the log, or a support code of eight, as the person sees it"
        )
        parser.add_argument("--json", action="store_true", help="one object: the id, its support code, its lines")

    def handle(self, *, cid: str, json: bool, **options: Any) -> None:
        with translation.override("en"):  # as the log speaks
            lines = story(cid)
        if not lines:
            raise CommandError(f"Nothing is known of {cid}.", returncode=2)
        if json:
            told = [asdict(line) for line in lines]
            self.stdout.write(
                as_json.dumps({"cids": cids_of(lines), "lines": told}, default=str, ensure_ascii=False, indent=2)
            )
            return
        for whose in cids_of(lines):
            self.stdout.write(f"{whose}  support code {cids.support_code(whose)}")
        self.stdout.write(f"{'time, UTC':<26} {'start, s':>10} {'before, s':>10} {'stage, s':>10}  what")
        for line in lines:
            self.stdout.write(_told(line))


def cids_of(lines: list[Line]) -> list[str]:
    """One; more only where a support code is the end of several."""
    return sorted({line.cid for line in lines})


def _told(line: Line) -> str:
    """One line, whatever an error had in it: the story's rows are counted and sorted by eye and by `sort`."""
    stage = "" if line.stage_s is None else f"{line.stage_s:.3f}"
    what = "  ".join(part for part in (line.what, line.row, line.state, " · ".join(line.facts)) if part)
    what = " ⏎ ".join(part.strip() for part in what.splitlines() if part.strip())
    return f"{line.at:%Y-%m-%d %H:%M:%S.%f} {line.since_s:10.3f} {line.after_s:10.3f} {stage:>10}  {what}"
