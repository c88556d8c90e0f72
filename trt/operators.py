"""Operators, their groups and passwords: who let whom do what is an act like any other, with its entry in the audit.

Django's own journal, which is written as well, can be deleted by whoever it tells of. See docs/decisions/0071.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.db import models, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from payments import audit

Facts = dict[str, Any]


def standing(row: Any) -> Facts:
    """What an operator or a group may do, as it is kept."""
    rights = row.permissions if isinstance(row, Group) else row.user_permissions
    facts = {"name": str(row), "rights": [_named(right) for right in rights.select_related("content_type")]}
    if isinstance(row, User):
        flags = ("is_active", "is_staff", "is_superuser")
        facts |= {name: getattr(row, name) for name in flags} | {"groups": [group.name for group in row.groups.all()]}
    return facts


def _named(right: Permission) -> str:
    return f"{right.content_type.app_label}.{right.codename}"


def differing(before: Facts, after: Facts) -> tuple[Facts, Facts]:
    """Only what differs; of a list, what went and what came: a group may have hundreds of rights."""
    went, came = {}, {}
    for name in {**before, **after}:
        old, new = before.get(name), after.get(name)
        if isinstance(old or new, list):
            old, new = _beyond(old, new), _beyond(new, old)
        if old != new:
            went[name], came[name] = old, new
    return went, came


def _beyond(one: list[str] | None, other: list[str] | None) -> list[str]:
    return [name for name in one or [] if name not in (other or [])]


class Audited(admin.ModelAdmin):
    """Pages of rows that say what operators may do. `act` names a change of one in the audit."""

    act: str

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Its groups and rights are saved after it, so the row is still whole as it was."""
        form.stood = standing(self.model._default_manager.select_for_update().get(pk=obj.pk)) if change else {}
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        before, after = differing(form.stood, standing(self.model._default_manager.get(pk=form.instance.pk)))
        if after:
            audit.record(self.act, form.instance, by=request.user, before=before, after=after)

    def delete_model(self, request: HttpRequest, obj: models.Model) -> None:
        before = standing(obj)
        audit.record(f"{self.act}_gone", obj, by=request.user, before=before, after=dict.fromkeys(before))
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        with transaction.atomic():
            for row in queryset:
                self.delete_model(request, row)


@contextmanager
def password_noted(user: Any, *, by: Any) -> Iterator[None]:
    """If the block changes this user's password, that stands in the audit; the password itself is nobody's business."""
    with transaction.atomic():
        kept, usable = user.password, user.has_usable_password()
        yield
        user.refresh_from_db()
        if user.password != kept:
            before, after = {"can log in": usable}, {"can log in": user.has_usable_password()}
            audit.record("password", user, by=by, before=before, after=after)


def change_own_password(request: HttpRequest) -> HttpResponse:
    """The admin's page for one's own password."""
    with password_noted(request.user, by=request.user):
        return admin.site.password_change(request)
