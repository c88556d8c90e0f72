"""What a run makes of what it read: every field that differs, risky ones apart, and when nothing is proven."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from kie.registry_file import load
from kie.sync import diff, run, table
from kie.sync.errors import Aborted
from kie.sync.reading import Reading
from kie.sync.sources import Folder
from tests.kie.sync.book import FEW, registry, spec, told
from tests.kie.sync.told import document, fields, page

BOOK = registry()
PAGES = Path(__file__).parent / "pages"
LISTED = frozenset(one.source_url for one in BOOK.models)


def found(*specs, listed=None, **unread):
    return diff.differences(BOOK, told(*specs, **unread), listed=listed)


def changes(one):
    return {change.field: (change.before, change.after, change.risky) for change in one.changes}


def test_a_page_that_says_the_same_is_no_difference():
    assert found(*(spec(BOOK, key) for key in FEW), listed=LISTED) == []


def test_every_field_that_differs_is_named_with_both_values():
    prompt = {"type": "string", "maxLength": 900}
    (one,) = found(spec(BOOK, "z-image", prompt=prompt))
    assert (one.kind, one.key, one.risky) == ("changed", "z-image", False)
    assert changes(one) == {"input.prompt.maxLength": (1000, 900, False)}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"prompt": {"type": "integer"}}, "input.prompt.type"),
        ({"nsfw_checker": None}, "input.nsfw_checker"),
        ({"prompt": None}, "input.required"),
    ],
)
def test_what_could_break_a_sale_is_risky(fields, field):
    (one,) = found(spec(BOOK, "z-image", **fields))
    assert one.risky
    assert changes(one)[field][2]


def test_another_kind_of_file_is_risky():
    urls = {"type": "array", "items": {"type": "string", "format": "uri", "x-media": "video"}, "maxItems": 10}
    (one,) = found(spec(BOOK, "google/nano-banana-edit", image_urls=urls))
    assert changes(one)["input.image_urls.items.x-media"] == ("image", "video", True)


def test_our_own_words_count_only_where_both_have_them():
    urls = {
        "type": "array",
        "items": {"type": "string", "format": "uri", "x-media": "image", "x-step": 1},
        "maxItems": 10,
    }
    assert found(spec(BOOK, "google/nano-banana-edit", image_urls=urls)) == []


def test_a_new_field_is_no_risk_unless_it_is_required():
    page = spec(BOOK, "z-image", seed={"type": "integer"})
    (one,) = found(page)
    assert changes(one) == {"input.seed": (None, {"type": "integer"}, False)}
    needed = replace(page, input=page.input | {"required": ["prompt", "aspect_ratio", "seed"]})
    assert found(needed)[0].risky


def test_texts_and_the_order_of_choices_are_no_difference():
    ratio = {"type": "string", "enum": ["9:16", "16:9", "3:4", "4:3", "1:1"], "default": "1:1", "description": "Said"}
    assert found(spec(BOOK, "z-image", aspect_ratio=ratio)) == []


def test_a_default_that_its_page_denies_is_no_difference():
    ratio = {"type": "string", "enum": ["1:1", "4:3", "3:4", "16:9", "9:16"], "x-default": ["1:1", "4:3"]}
    assert found(spec(BOOK, "z-image", aspect_ratio=ratio)) == []


def test_a_page_of_several_models_may_say_more_than_the_registry_of_one():
    ratio = {"type": "string", "enum": ["1:1", "4:3", "3:4", "16:9", "9:16", "21:9"], "default": "1:1"}
    page = spec(BOOK, "z-image", aspect_ratio=ratio)
    assert found(replace(page, shared=True)) == []
    assert found(page) != []


def test_a_model_that_the_registry_does_not_know_is_added():
    new = replace(spec(BOOK, "z-image"), id="acme/dream", page="p")
    assert [(one.kind, one.key) for one in found(new)] == [("added", "acme/dream")]
    assert found(replace(new, id="gpt-5-2", endpoint="/gpt-5-2/v1/chat/completions")) == []


def test_another_endpoint_is_risky():
    (one,) = found(replace(spec(BOOK, "z-image"), endpoint="/api/v1/z/generate"))
    assert changes(one)["endpoint"][2]


def test_only_an_index_can_say_that_a_model_is_gone():
    present = [spec(BOOK, "z-image"), spec(BOOK, "google/nano-banana-edit")]
    assert found(*present) == []
    kling = next(one for one in BOOK.models if one.key == "kling-2.6/image-to-video")
    assert [(one.kind, one.key) for one in found(*present, listed=LISTED - {kling.source_url})] == [("gone", kling.key)]


def test_the_catalogues_ids_say_nothing_of_dedicated_families():
    book = registry("z-image", "google/nano-banana-edit", "veo3", "flux-kontext-pro", "4o-image")
    read = told(spec(book, "z-image"))
    ids = frozenset({"z-image"})
    assert [one.key for one in diff.differences(book, read, listed=ids)] == ["google/nano-banana-edit"]
    with_pages = ids | {"https://docs.kie.ai/veo3-api/generate-veo-3-video"}
    gone = [one.key for one in diff.differences(book, read, listed=with_pages)]
    assert gone == ["4o-image", "flux-kontext-pro", "google/nano-banana-edit"]


def test_a_page_that_is_listed_or_unreadable_is_not_gone():
    present = [spec(BOOK, "z-image"), spec(BOOK, "google/nano-banana-edit")]
    kling = next(one for one in BOOK.models if one.key == "kling-2.6/image-to-video")
    assert found(*present, listed=LISTED) == []
    assert found(*present, listed=LISTED - {kling.source_url}, **{kling.source_url: "cut off"}) == []


def test_a_page_is_the_same_page_at_whatever_host_it_is_read():
    mirrored = frozenset(one.source_url.replace("https://docs.kie.ai", "http://127.0.0.1:8082") for one in BOOK.models)
    assert found(spec(BOOK, "z-image"), listed=mirrored) == []


def readings(*keys):
    return [Reading(page=one.page, found=(one,)) for one in (spec(BOOK, key) for key in keys)]


def test_a_run_of_a_fifth_fewer_pages_proves_nothing():
    assert "fewer" in run.compared(readings(*FEW), BOOK, listed=LISTED, last=4).aborted
    assert run.compared(readings(*FEW), BOOK, listed=LISTED, last=3).aborted == ""


def test_many_models_gone_at_once_prove_nothing():
    outcome = run.compared(readings("z-image"), BOOK, listed=frozenset({"https://docs.kie.ai/other"}))
    assert "more than a fifth" in outcome.aborted
    assert outcome.differences == []


def test_no_page_of_an_index_proves_nothing():
    assert run.compared([], BOOK, listed=LISTED).aborted


def test_only_some_models_can_be_looked_at():
    outcome = run.compared(readings(*FEW), BOOK, listed=LISTED, only=("kling-*",))
    assert list(outcome.told.models) == ["kling-2.6/image-to-video"]
    with pytest.raises(Aborted, match="nothing is called"):
        run.compared(readings(*FEW), BOOK, listed=LISTED, only=("nobody",))


def test_equal_drift_has_one_fingerprint():
    one, two = (found(spec(BOOK, "z-image", prompt={"type": "string", "maxLength": n})) for n in (900, 901))
    assert diff.fingerprint(one) != diff.fingerprint(two)
    assert diff.fingerprint(diff.from_data(diff.as_data(one))) == diff.fingerprint(one)
    assert diff.from_data(diff.as_data(one)) == one


def test_a_folder_whose_index_is_short_is_compared_and_tells_of_nothing_gone(tmp_path):
    home = tmp_path / "market" / "kling"
    home.mkdir(parents=True)
    address = "https://docs.kie.ai/market/kling/image-to-video"
    (tmp_path / "llms.txt").write_text(f"# Kie.ai\n\n- Video [Kling]({address}.md): x\n")
    text = (PAGES / "market" / "kling" / "image-to-video.md").read_text()
    (home / "image-to-video.md").write_text(text.replace("maxLength: 1000", "maxLength: 900", 1))

    outcome = run.whole(Folder(tmp_path), load())

    assert (outcome.aborted, [one.kind for one in outcome.differences]) == ("", ["changed"])
    assert "too short to tell what is gone" in outcome.as_data()["note"]
    assert outcome.note in list(table.lines(outcome))


def test_a_page_that_is_known_to_tell_of_a_model_and_tells_of_none_is_unreadable(tmp_path):
    (tmp_path / "kling.md").write_text(f"{BOOK.models[2].source_url}\n# Kling\n\nMakes videos\n")
    (told,) = run.whole(Folder(tmp_path), BOOK).told.unreadable
    assert told.reason == f"tells of no model, though {BOOK.models[2].kie_model} is known from it"


def test_a_description_of_many_digits_ends_no_run(tmp_path):
    many = {"type": "string", "description": f"Max length {'1' * 5000}"}
    (tmp_path / "a.md").write_text(page(document(fields(it=many))))
    outcome = run.whole(Folder(tmp_path), BOOK)
    assert list(outcome.told.models) == ["acme/dream"]
    assert json.dumps(outcome.as_data())


def test_a_person_reads_a_line_a_field():
    outcome = run.Outcome(told(x="cut off"), found(spec(BOOK, "z-image", prompt={"type": "integer"})))
    lines = list(table.lines(outcome))
    assert "~ z-image  https://docs.kie.ai/market/z-image/z-image" in lines
    assert any(line.startswith("  ! input.prompt.type") for line in lines)
    assert "? x: cut off" in lines


def test_the_saved_pages_say_what_the_registry_says():
    outcome = run.whole(Folder(PAGES), load())
    assert [(one.key, [change.field for change in one.changes]) for one in outcome.differences] == []
    assert outcome.told.unreadable == []
    assert len(outcome.told.models) == 16


def test_a_folder_takes_addresses_from_first_lines_and_an_index_if_there_is_one(tmp_path):
    (tmp_path / "deep").mkdir()
    text = (PAGES / "market" / "z-image" / "z-image.md").read_text()
    (tmp_path / "deep" / "a.txt").write_text(text)
    (tmp_path / "b.md").write_text(text.partition("\n")[2])
    (tmp_path / "notes.pdf").write_text("x")
    source = Folder(tmp_path)
    assert [(one.name, one.file) for one in source.pages()] == [
        ("b.md", "b.md"),
        ("https://docs.kie.ai/market/z-image/z-image", "deep/a.txt"),
    ]
    assert source.listed is None
    (tmp_path / "llms.txt").write_text("- Image  > Z [Z-Image](https://docs.kie.ai/market/z-image/z-image.md): text\n")
    assert len(source.pages()) == 2
    assert source.listed == {"https://docs.kie.ai/market/z-image/z-image"}


@pytest.mark.parametrize("place", ["market/qwen2/text-to-image.md", "https://docs.kie.ai/market/qwen2/text-to-image"])
def test_ids_that_were_copied_from_another_models_page_are_noticed(tmp_path, place):
    """All of the page says the other model: only its place tells."""
    text = (
        (PAGES / "market" / "qwen2" / "text-to-image.md").read_text().replace("qwen2/text-to-image", "qwen2/image-edit")
    )
    file = tmp_path / ("any.md" if ":" in place else place)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{place}\n{text}" if ":" in place else text)
    outcome = run.whole(Folder(tmp_path), load())
    (model,) = outcome.told.models.values()
    assert (model.id, outcome.differences) == ("qwen2/text-to-image", [])
    assert any("qwen2/image-edit" in doubt for doubt in model.doubts)


@pytest.mark.parametrize("first", ["https://[half", "https://docs.kie.ai/", "http://x"])
def test_an_odd_address_in_the_first_line_harms_nothing(tmp_path, first):
    text = (PAGES / "market" / "z-image" / "z-image.md").read_text().partition("\n")[2]
    (tmp_path / "a.md").write_text(f"{first}\n{text}")
    outcome = run.whole(Folder(tmp_path), load())
    assert [(model.id, model.page) for model in outcome.told.models.values()] == [("z-image", first)]


def test_a_folder_that_is_none_or_empty_proves_nothing(tmp_path):
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(Aborted):
            Folder(folder).pages()


def test_a_file_that_is_no_text_is_unreadable_and_ends_nothing(tmp_path):
    (tmp_path / "a.md").write_bytes(b"\xff\xfe\x00#")
    (tmp_path / "b.md").write_text((PAGES / "market" / "z-image" / "z-image.md").read_text())
    outcome = run.whole(Folder(tmp_path), BOOK)
    assert [one.page for one in outcome.told.unreadable] == ["a.md"]
    assert list(outcome.told.models) == ["z-image"]
