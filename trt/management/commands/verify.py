"""`manage.py verify`: every rule that must always hold, looked at now."""

import json as as_json
import time
from collections.abc import Callable, Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from payments import ledger
from reliability import clock
from trt.console import verdict
from trt.console.invariants import INVARIANTS

Rows = list[dict[str, Any]]


class Command(BaseCommand):
    help = (
        "Look whether all invariants hold and every transfer and wallet is as it was signed; /health says this verdict from then on. "
        "Exit 0: they do; 2: they do not; 1: could not tell."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--json",
            action="store_true",
            help="one object: ok, checked_at, took_ms, rules (how many), broken: rule → rows that break it",
        )
        parser.add_argument(
            "--sign-wallets",
            action="store_true",
            help="first sign wallets that agree with their transfers: after a version that did not sign them, never to be rid of a finding",
        )

    def handle(self, *, json: bool, sign_wallets: bool, **options: Any) -> None:
        if sign_wallets:
            self.stderr.write(f"{len(ledger.sign_wallets())} wallet(s) signed")
        began = time.monotonic()
        findings = self._checked(verdict.RULES, self._rules) | self._checked(verdict.DIGESTS, self._digests)
        if json:
            answer = {
                "ok": not findings,
                "checked_at": clock.now().isoformat(),
                "took_ms": _ms(began),
                "rules": len(INVARIANTS) + 1,  # the signatures are one more
                "broken": findings,
            }
            self.stdout.write(as_json.dumps(answer, default=str, ensure_ascii=False, indent=2))
        else:
            for rule, rows in findings.items():
                self.stdout.write("\n".join([f"{rule}:", *(f"  {_told(row)}" for row in rows)]))
        if findings:
            raise CommandError(f"{len(findings)} rule(s) broken: {', '.join(findings)}", returncode=2)
        self.stderr.write("All rules hold.")

    def _checked(self, name: str, check: Callable[[], Iterator[tuple[str, Rows]]]) -> dict[str, Rows]:
        began = time.monotonic()
        findings = {rule: rows for rule, rows in check() if rows}
        verdict.leave(name, findings, took_ms=_ms(began))
        return findings

    def _rules(self) -> Iterator[tuple[str, Rows]]:
        for number, rule in enumerate(INVARIANTS, 1):
            self._progress(number, rule.sentence)
            yield rule.name, rule.check()

    def _digests(self) -> Iterator[tuple[str, Rows]]:
        self._progress(len(INVARIANTS) + 1, "Every transfer and every wallet is as it was signed.")
        yield verdict.SIGNED, [{"ref": ref} for ref in ledger.verify_digests()]

    def _progress(self, number: int, sentence: str) -> None:
        self.stderr.write(f"[{number}/{len(INVARIANTS) + 1}] {sentence}")


def _ms(began: float) -> int:
    return round((time.monotonic() - began) * 1000)


def _told(row: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in row.items())
