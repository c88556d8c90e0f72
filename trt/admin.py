"""Operators, and the tables of libraries, dressed as the rest of the admin. The queue's are only looked at: rows decide."""

from contextlib import nullcontext
from typing import Any

from axes import admin as axes
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django_q.models import Failure, OrmQ, Schedule, Success
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from reliability.adminkit import ReadOnly
from trt.operators import Audited, password_noted

for model in (User, Group, AccessAttempt, AccessFailureLog, AccessLog, Schedule, Success, Failure, OrmQ):
    if admin.site.is_registered(model):  # with REDIS_URL the queue is not in the database
        admin.site.unregister(model)


@admin.register(User)
class UserAdmin(Audited, DjangoUserAdmin, ModelAdmin):
    act = "access"
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes themselves: who did it could not be kept."""
        return obj != request.user and super().has_delete_permission(request, obj)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """Another's password."""
        user = self.get_object(request, unquote(id))
        with password_noted(user, by=request.user) if user else nullcontext():
            return super().user_change_password(request, id, form_url)


@admin.register(Group)
class GroupAdmin(Audited, DjangoGroupAdmin, ModelAdmin):
    """A group is a role: what its operators may see and do."""

    act = "group"


@admin.register(AccessAttempt)
class AttemptAdmin(axes.AccessAttemptAdmin, ModelAdmin):
    """Failed log-ins that count; deleting one lets its person in again."""


@admin.register(AccessFailureLog, AccessLog)
class AccessAdmin(ReadOnly):
    list_display = ("attempt_time", "username", "ip_address", "user_agent")
    search_fields = ("username", "ip_address")
    ordering = ("-attempt_time",)
    fields = ("attempt_time", "username", "ip_address", "user_agent", "path_info")


@admin.register(Schedule)
class ScheduleAdmin(ReadOnly):
    """A schedule names a function of ours to run: whoever could write one could run anything."""

    list_display = ("name", "func", "schedule_type", "minutes", "next_run")
    fields = ("name", "func", "schedule_type", "minutes", "repeats", "next_run")


@admin.register(Success, Failure)
class TaskAdmin(ReadOnly):
    list_display = ("name", "func", "group", "started", "stopped")
    search_fields = ("name", "func", "group")
    list_filter = ("group",)
    ordering = ("-stopped",)
    fields = ("name", "func", "group", "cluster", "started", "stopped", "attempt_count", "said")

    @admin.display(description=_("result"))
    def said(self, task: Success) -> str:
        return str(task.result)


@admin.register(OrmQ)
class QueueAdmin(ReadOnly):
    """Tasks that wait for a worker."""

    list_display = ("id", "name", "func", "group", "lock")
    fields = ("key", "task_id", "name", "func", "group", "lock")
