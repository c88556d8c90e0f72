"""A registry of a few models, and what pages say of them."""

from typing import Any

from kie.registry_file import Registry, load
from kie.sync.reading import Gathered, Reading, gathered
from kie.sync.spec import Spec

FEW = ("z-image", "google/nano-banana-edit", "kling-2.6/image-to-video")
CREATE = "/api/v1/jobs/createTask"


def registry(*keys: str) -> Registry:
    """The real one, cut to some models."""
    whole = load()
    return whole.model_copy(update={"models": [one for one in whole.models if one.key in (keys or FEW)]})


def spec(book: Registry, key: str, **fields: Any) -> Spec:
    """What a page says that agrees with the registry, changed by `fields`: property → its schema, None for none."""
    model = next(one for one in book.models if one.key == key)
    properties = dict(model.input["properties"]) | fields
    given = model.input | {"properties": {name: part for name, part in properties.items() if part is not None}}
    given["required"] = [name for name in given.get("required", ()) if name in given["properties"]]
    return Spec(
        page=model.source_url, id=key, model=model.kie_model, endpoint=CREATE, input=given, title=model.title.en
    )


def told(*specs: Spec, **unread: str) -> Gathered:
    """A run that read these; `unread`: page → why not."""
    readings = [Reading(page=one.page, found=(one,)) for one in specs]
    return gathered([*readings, *(Reading(page=page, reason=why) for page, why in unread.items())])
