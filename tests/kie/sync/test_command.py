"""`manage.py kie_sync` as others start it: a process of its own, its exit code, one JSON object, with and without a database."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from kie import registry
from kie.catalogue import AIModel, RegistryVersion
from kie.registry_file import load
from kie.sync.syncrun import SyncRun, SyncState

ROOT = Path(__file__).resolve().parents[3]
PAGES = Path(__file__).parent / "pages"
*_MAJOR_MINOR, _PATCH = load().version.split(".")
NEXT = ".".join([*_MAJOR_MINOR, str(int(_PATCH) + 1)])  # what a published difference becomes
NOWHERE = "postgresql://nobody:nothing@127.0.0.1:1/nothing"


def run(*arguments: Any, bare: bool = False, **env: str) -> subprocess.CompletedProcess[str]:
    """The command's end. `bare`: in an environment that has none of TRT's variables."""
    known = {"PATH": os.environ["PATH"], "TRT_ENV_FILE": os.devnull} if bare else dict(os.environ)
    command = [sys.executable, str(ROOT / "manage.py"), "kie_sync", *map(str, arguments)]
    return subprocess.run(command, env=known | env, capture_output=True, text=True, timeout=100, check=False)


@pytest.fixture
def pages(tmp_path) -> Path:
    """A copy to write in."""
    return Path(shutil.copytree(PAGES, tmp_path / "pages"))


def change(pages: Path, old: str = "maxLength: 1000", new: str = "maxLength: 900") -> Path:
    file = pages / "market" / "kling" / "image-to-video.md"
    file.write_text(file.read_text().replace(old, new, 1))
    return file


def test_a_stranger_without_database_key_or_credentials_can_check(tmp_path):
    done = run("--mode=check", "--dry-run", "--from-dir", PAGES, "--json", bare=True, TRT_HOME=str(tmp_path))
    assert (done.returncode, done.stderr.splitlines()[-1]) == (0, "[17/17] veo3-api/generate-veo-3-video.md")
    told = json.loads(done.stdout)
    assert {*told} == {"models", "diff", "unreadable"}
    assert {"page", "id", "endpoint", "input"} <= {*told["models"][0]}
    assert told["diff"] == {"added": [], "gone": [], "changed": [], "price": []}


def test_drift_is_2_with_a_table_for_a_person(pages):
    change(pages)
    done = run("--dry-run", "--from-dir", pages, DATABASE_URL=NOWHERE)
    assert done.returncode == 2
    assert "~ kling-2.6/image-to-video" in done.stdout
    assert "1000 → 900" in done.stdout


def test_a_page_that_cannot_be_read_is_1_and_named(pages):
    file = change(pages)
    file.write_text(file.read_text()[:900])
    done = run("--dry-run", "--from-dir", pages, "--json", DATABASE_URL=NOWHERE)
    assert done.returncode == 1
    (unreadable,) = json.loads(done.stdout)["unreadable"]
    assert unreadable == {
        "page": "https://docs.kie.ai/market/kling/image-to-video.md",
        "reason": "the page is cut off: its YAML block has no end",
        "file": "market/kling/image-to-video.md",
    }


def test_trouble_is_1_and_still_one_object(tmp_path):
    done = run("--dry-run", "--from-dir", tmp_path / "nowhere", "--json", DATABASE_URL=NOWHERE)
    assert done.returncode == 1
    assert "is no folder" in json.loads(done.stdout)["aborted"]


def test_pages_without_a_model_compare_nothing_and_are_trouble(tmp_path):
    given = (PAGES / "market" / "kling" / "image-to-video.md").read_text()
    (tmp_path / "page.md").write_text(given.replace("    post:", "    get:", 1))
    done = run("--dry-run", "--from-dir", tmp_path, DATABASE_URL=NOWHERE)
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "? https://docs.kie.ai/market/kling/image-to-video.md: /api/v1/jobs/createTask stands under get, not under post",
        "0 model(s) on 0 page(s): nothing compared; 1 page(s) unreadable",
        "aborted: no page tells of a model",
    ]
    (tmp_path / "page.md").write_text("# A guide\n\nText.\n")
    assert run("--dry-run", "--from-dir", tmp_path, DATABASE_URL=NOWHERE).returncode == 1


@pytest.mark.parametrize("slip", [["--mode=foo"], ["--bogus"], ["--only"], ["page.md"], ["--source=docs"]])
def test_a_slip_in_the_arguments_is_trouble_and_not_drift(slip):
    done = run("--dry-run", "--from-dir", PAGES, *slip, DATABASE_URL=NOWHERE)
    assert (done.returncode, "usage: manage.py kie_sync" in done.stderr) == (1, True)


@pytest.mark.long
def test_only_what_is_asked_for_is_looked_at(pages):
    change(pages)
    assert run("--dry-run", "--from-dir", pages, "--only", "veo*", DATABASE_URL=NOWHERE).returncode == 0
    assert run("--dry-run", "--from-dir", pages, "--only", "kling*", DATABASE_URL=NOWHERE).returncode == 2
    assert run("--dry-run", "--from-dir", pages, "--only", "nobody", DATABASE_URL=NOWHERE).returncode == 1


def test_a_check_without_a_database_makes_do_with_the_file(pages):
    done = run("--from-dir", pages, DATABASE_URL=NOWHERE)
    assert done.returncode == 0
    assert "the registry file is compared" in done.stderr


def test_an_apply_without_a_database_is_trouble(pages):
    done = run("--mode=apply", "--yes", "--from-dir", pages, DATABASE_URL=NOWHERE)
    assert done.returncode == 1
    assert "a database is needed" in done.stderr


@pytest.fixture
def database(transactional_db) -> dict[str, str]:
    """The tests' own database, with the registry published, for another process."""
    AIModel.objects.all().delete()
    RegistryVersion.objects.all().delete()
    registry.publish(load(), by="test")
    known = connection.settings_dict
    url = f"postgresql://{known['USER']}:{known['PASSWORD']}@/{known['NAME']}?host={known['HOST']}&port={known['PORT'] or 5432}"
    return {"DATABASE_URL": url}


@pytest.mark.long
def test_apply_publishes_only_what_it_is_told_to(pages, database):
    change(pages)
    asked = run("--mode=apply", "--from-dir", pages, **database)
    assert (asked.returncode, RegistryVersion.objects.count()) == (2, 1)
    assert "1000 → 900" in asked.stdout
    why = f"nothing published: add --yes to publish 1 model(s) as {NEXT}: kling-2.6/image-to-video"
    assert asked.stdout.splitlines()[-1] == why

    done = run("--mode=apply", "--yes", "--from-dir", pages, **database)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, f"published as {NEXT}: kling-2.6/image-to-video")
    current = RegistryVersion.objects.current()
    assert current is not None
    assert (current.version, current.by) == (NEXT, "kie_sync")

    again = run("--from-dir", pages, "--json", **database)
    assert (again.returncode, json.loads(again.stdout)["diff"]["changed"]) == (0, [])
    assert "kie_sync.ended" in again.stderr
    assert [row.state for row in SyncRun.objects.order_by("pk")] == [
        SyncState.OVER,
        SyncState.PUBLISHED,
        SyncState.SAME,
    ]


@pytest.mark.long
def test_what_is_risky_wants_to_be_said(pages, database):
    change(pages, "                    - sound\n", "")
    done = run("--mode=apply", "--yes", "--from-dir", pages, **database)
    assert (done.returncode, RegistryVersion.objects.count()) == (2, 1)
    assert done.stdout.splitlines()[-3:] == [
        "held back: kling-2.6/image-to-video: input.required differs",
        "1 model(s) held back: review them in the admin, or add --risky",
        "nothing published",
    ]
    done = run("--mode=apply", "--yes", "--risky", "--dry-run", "--from-dir", pages, **database)
    assert f"would be published as {NEXT}: kling-2.6/image-to-video" in done.stdout
    assert RegistryVersion.objects.count() == 1
