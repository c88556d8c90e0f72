"""`manage.py kie_sync`: does the registry still say what KIE says? Sources, reading and comparing stand in kie.sync."""

import json as as_json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from pydantic import ValidationError

from kie import registry_file
from kie.registry_file import Registry
from kie.sync import apply, keeping, origin, review, run, table
from kie.sync.errors import Aborted
from kie.sync.polite import Pace
from kie.sync.run import Outcome
from kie.sync.sources import Page
from kie.sync.syncrun import SyncRun
from reliability import log

SAME, TROUBLE, DRIFT = 0, 1, 2
BY = "kie_sync"


class Command(BaseCommand):
    help = (
        "Read what KIE publishes of its models, compare it with the registry, and, if told so, publish the difference. "
        "Exit 0: the same; 2: they differ; 1: trouble, also with the arguments, or pages that could not be read and no other difference."
    )
    requires_system_checks: list[str] = []  # a check needs no database

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--mode", choices=("check", "apply"), default="check", help="check: only look. apply: publish a version"
        )
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="keep nothing, publish nothing; compares with the registry file and needs no database",
        )
        pages = parser.add_mutually_exclusive_group()
        pages.add_argument(
            "--from-dir",
            type=Path,
            metavar="FOLDER",
            help="saved pages (.md, .txt) instead of the network; no key is needed",
        )
        pages.add_argument(
            "--source",
            choices=origin.CHOICES,
            default="auto",
            help="auto: the catalogue with a key, and the documentation for the families that it lacks; without one the documentation alone",
        )
        parser.add_argument(
            "--only",
            action="append",
            default=[],
            metavar="NAME",
            help="only these model ids or pages; * stands for anything; may be repeated",
        )
        parser.add_argument("--json", action="store_true", help="one object: models, diff, unreadable")
        parser.add_argument("--yes", action="store_true", help="apply: really")
        parser.add_argument(
            "--risky",
            action="store_true",
            help="apply: also what wants a look first (types, media, required, doubts)",
        )
        parser.add_argument(
            "--write-file", action="store_true", help="apply, in a checkout: write the registry file in the same step"
        )

    def run_from_argv(self, argv: list[str]) -> None:
        """A slip in the arguments is trouble: argparse's own 2 means here that they differ."""
        self._called_from_command_line = True  # as Django does a line later: the parser then exits with the usage
        try:
            self.create_parser(argv[0], argv[1]).parse_args(argv[2:])
        except SystemExit as end:
            sys.exit(TROUBLE if end.code else SAME)
        super().run_from_argv(argv)

    def handle(self, *, mode: str, dry_run: bool, json: bool, **options: Any) -> None:
        log.aside()
        try:
            outcome, base, row = self._looked(mode, dry_run, **options)
            told = outcome.as_data()
            if mode == "apply" and not outcome.aborted:
                told |= {"applied": self._applied(base, outcome, row, dry_run, **options)}
        except (Aborted, ValidationError) as why:
            if json:
                self._write_json(Outcome(aborted=str(why)).as_data())
            raise CommandError(str(why), returncode=TROUBLE) from why
        if json:
            self._write_json(told)
        else:
            self.stdout.write("\n".join([*table.lines(outcome), *table.applied(told.get("applied", {}))]))
        sys.exit(_code(outcome, told.get("applied")))

    def _write_json(self, told: dict[str, Any]) -> None:
        self.stdout.write(as_json.dumps(told, ensure_ascii=False, indent=2))

    def _looked(
        self, mode: str, dry_run: bool, *, from_dir: Path | None, source: str, only: list[str], **_options: Any
    ) -> tuple[Outcome, Registry, SyncRun | None]:
        """What was found, what it was compared with, and the row that keeps it, if one does."""
        published = None if dry_run else self._published(mode)
        kept, base = published is not None and not only, published or registry_file.load()
        chosen = origin.chosen(source, from_dir)
        last = keeping.last_pages(chosen.name) if kept else None
        outcome = run.whole(chosen, base, only=tuple(only), last=last, tell=self._tell)
        if from_dir is None and not only:
            outcome = run.with_prices(outcome, base, Pace())
        if not kept:
            return outcome, base, None
        return outcome, base, keeping.keep(outcome, source=chosen.name, base=base, listed=chosen.listed, by=BY)

    def _published(self, mode: str) -> Registry | None:
        """The registry on sale; where no database answers a check makes do with the file. Raises Aborted."""
        base = keeping.current()
        if base is None and mode == "apply":
            raise Aborted("to apply, a database is needed, and a registry that is published in it")
        if base is None:
            self.stderr.write("No database answers, or nothing is published in it: the registry file is compared.")
        return base

    def _applied(
        self,
        base: Registry,
        outcome: Outcome,
        row: SyncRun | None,
        dry_run: bool,
        *,
        yes: bool,
        risky: bool,
        write_file: bool,
        **_options: Any,
    ) -> dict[str, Any]:
        wanted = [one for one in outcome.differences if risky or not one.risky]
        told = {"held": {one.key: one.risks() for one in outcome.differences if one not in wanted}}
        if dry_run:
            return told | apply.plan(base, wanted).as_data()
        planned = apply.plan(base, wanted, known=keeping.versions(), proof=review.withdrawn)
        published = bool(planned.taken) and yes
        if published:
            version = apply.publish(planned, by=BY, write=registry_file.PATH if write_file else None)
            if row is not None:
                keeping.published(row, version)
        return told | planned.as_data() | {"published": published}

    def _tell(self, number: int, of: int, page: Page) -> None:
        self.stderr.write(f"[{number}/{of}] {page.name}")


def _code(outcome: Outcome, applied: dict[str, Any] | None) -> int:
    if outcome.aborted:
        return TROUBLE
    done = len(applied["taken"]) if applied and applied.get("published") else 0
    if len(outcome.differences) > done:
        return DRIFT
    return TROUBLE if outcome.told.unreadable or outcome.price_trouble else SAME
