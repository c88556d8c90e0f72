"""`manage.py prepare`: everything between installed packages and a running TRT. A repeat finds nothing to do."""

from collections.abc import Callable
from typing import Any

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection, transaction

from bot import texts
from kie import registry, tariff
from payments import terms
from trt import demo_login, grants, roles, served


class Command(BaseCommand):
    help = "Compile the texts, migrate, give the application its rights, publish the registry, set roles, terms and the schedule. Exit 0: TRT can run."

    def handle(self, **options: Any) -> None:
        steps: list[tuple[str, Callable[[], Any]]] = [
            ("texts", texts.compile_catalogues),
            ("migrations", lambda: call_command("migrate", verbosity=0, interactive=False)),
            ("whom this database serves", served.settle),
            ("cache table", lambda: call_command("createcachetable", verbosity=0)),
            ("rights of the application", self._rights),
            ("registry", registry.publish_file),
            ("roles", roles.establish),
            ("terms of money", terms.establish),
            ("prices", tariff.establish),
            ("schedule", self._schedule),
            ("demo login", lambda: demo_login.settle(self.stdout.write)),
        ]
        for number, (name, step) in enumerate(steps, 1):
            self.stdout.write(f"[{number}/{len(steps)}] {name}")
            try:
                step()
            except (DatabaseError, psycopg.Error) as trouble:
                why = str(trouble).strip().splitlines()[0]
                raise CommandError(f"{name}: the database refuses: {why}") from trouble
            except served.PlayedForReal as why:
                raise CommandError(str(why)) from None

    def _rights(self) -> None:
        with transaction.atomic(), connection.cursor() as owner:
            if line := grants.establish(owner, settings.DATABASE_URL):
                self.stdout.write(line)

    @staticmethod
    def _schedule() -> None:
        """Once a minute: work is looked for even if nothing wakes the worker, and the sweeps that are due are done."""
        from django_q.models import Schedule  # noqa: PLC0415

        for name, task in (("work", settings.WORK_TASK), ("sweeps", settings.SWEEP_TASK)):
            Schedule.objects.update_or_create(
                name=name, defaults={"func": task, "schedule_type": Schedule.MINUTES, "minutes": 1}
            )
