"""Publishing: a registry becomes a RegistryVersion, and the AI models its projection."""

from pathlib import Path
from typing import Any

import structlog
from django.db import connection, transaction

from kie import registry_file
from kie.catalogue import AIModel, Override, RegistryVersion
from kie.registry_file import Registry

log = structlog.get_logger()
PUBLISH_LOCK = 0x4B494550  # transaction-level advisory lock: several processes start at once


def publish_file(path: Path | None = None) -> RegistryVersion | None:
    """Publish the registry file if it is newer than all that was published; None if not, so that a rollback by an operator stays.

    A repeat is a no-op, and quick: the file is checked only if it is published. Raises pydantic's ValidationError for a
    faulty file, OSError where there is none.
    """
    written = registry_file.unchecked(path)
    with transaction.atomic():
        _lock()
        published = RegistryVersion.objects.values_list("version", flat=True)
        newest = max(published, key=registry_file.number, default=None)
        if newest is None or registry_file.number(written["version"]) > registry_file.number(newest):
            return _publish(registry_file.load(path), by="start")
        _warn_if_changed(written)
        return None


def publish(registry: Registry, *, by: str) -> RegistryVersion:
    """Publish a registry under a version that is new. Raises IntegrityError where there is one of that name."""
    with transaction.atomic():
        _lock()
        return _publish(registry, by=by)


def make_current(version: RegistryVersion) -> str:
    """Sell by a version that was published before; says which one it was until now. A repeat changes nothing.

    Raises ValidationError for a version that this release cannot read.
    """
    registry = Registry.model_validate(version.content)
    with transaction.atomic():
        _lock()
        before = RegistryVersion.objects.current()
        RegistryVersion.objects.filter(current=True).exclude(pk=version.pk).update(current=False)
        RegistryVersion.objects.filter(pk=version.pk).update(current=True)
        _project(registry, version)
    was = before.version if before else ""
    transaction.on_commit(lambda: log.info("registry.made_current", version=version.version, before=was))
    return was


def _lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [PUBLISH_LOCK])


def _publish(registry: Registry, *, by: str) -> RegistryVersion:
    content = registry_file.as_data(registry)
    before = RegistryVersion.objects.current()
    changes = diff(before.content if before else {}, content)
    RegistryVersion.objects.filter(current=True).update(current=False)
    version = RegistryVersion.objects.create(
        version=registry.version, content=content, diff=changes, by=by, current=True
    )
    _project(registry, version)
    facts = {"version": version.version, "by": by, "models": len(registry.models)} | {
        name: len(part) for name, part in changes.items()
    }
    transaction.on_commit(lambda: log.info("registry.published", **facts))
    return version


def _project(registry: Registry, version: RegistryVersion) -> None:
    """Every model of `registry` as it says, the others retired: a model with jobs is never deleted."""
    known = {model.key: model for model in AIModel.objects.select_for_update().order_by("pk")}
    changes = {change.model_id: change for change in Override.objects.all()}
    for entry in registry.models:
        model = known.setdefault(entry.key, AIModel(key=entry.key))
        model.facts, model.version = registry.facts_of(entry), version
        model.project(changes.get(model.pk))
    gone = known.keys() - {entry.key for entry in registry.models}
    for key in gone:
        known[key].retire()
    columns = [field.name for field in AIModel._meta.concrete_fields if field.name not in ("id", "key")]
    AIModel.objects.bulk_create(
        list(known.values()), update_conflicts=True, unique_fields=["key"], update_fields=columns
    )


def _warn_if_changed(written: dict[str, Any]) -> None:
    same = RegistryVersion.objects.filter(version=written["version"]).first()
    if same is not None and same.content != written:
        log.warning(
            "registry.changed_without_version",
            version=same.version,
            fix_hint="raise `version` in the registry file",
        )


def diff(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """What differs between two contents: keys added and gone, and of the others field by field [before, after]."""
    old = {model["key"]: model for model in before.get("models", [])}
    new = {model["key"]: model for model in after.get("models", [])}
    changed = {key: fields for key in sorted(old.keys() & new.keys()) if (fields := _fields(old[key], new[key]))}
    if words := _fields(before.get("words", {}), after.get("words", {})):
        changed["words"] = words
    return {"added": sorted(new.keys() - old.keys()), "gone": sorted(old.keys() - new.keys()), "changed": changed}


def _fields(old: dict[str, Any], new: dict[str, Any]) -> dict[str, list[Any]]:
    names = sorted(old.keys() | new.keys())
    return {name: [old.get(name), new.get(name)] for name in names if old.get(name) != new.get(name)}
