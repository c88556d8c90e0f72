"""`manage.py verify`: every rule that must always hold, looked at now."""

import json as as_json
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from payments import ledger
from trt.console.invariants import INVARIANTS

DIGESTS = "transfer_digests"


class Command(BaseCommand):
    help = "Look whether all invariants hold and every transfer is as it was signed. Exit 0: they do; 2: they do not; 1: could not tell."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one object: rule → rows that break it")

    def handle(self, *, json: bool, **options: Any) -> None:
        findings = dict(self._findings())
        if json:
            self.stdout.write(as_json.dumps(findings, default=str, ensure_ascii=False, indent=2))
        else:
            for rule, rows in findings.items():
                self.stdout.write("\n".join([f"{rule}:", *(f"  {_told(row)}" for row in rows)]))
        if findings:
            raise CommandError(f"{len(findings)} rule(s) broken: {', '.join(findings)}", returncode=2)
        self.stderr.write("All rules hold.")

    def _findings(self) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        for number, rule in enumerate(INVARIANTS, 1):
            self._progress(number, rule.sentence)
            if rows := rule.check():
                yield rule.name, rows
        self._progress(len(INVARIANTS) + 1, "Every transfer is as it was signed.")
        if changed := [{"ref": ref} for ref in ledger.verify_digests()]:
            yield DIGESTS, changed

    def _progress(self, number: int, sentence: str) -> None:
        self.stderr.write(f"[{number}/{len(INVARIANTS) + 1}] {sentence}")


def _told(row: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in row.items())
