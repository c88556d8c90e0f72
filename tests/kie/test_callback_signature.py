"""The callback endpoint: our signature in the URL, KIE's over task and moment where its key is set; whoever has neither changes
nothing, is counted, and learns nothing."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kie import callback
from reliability import clock, counts
from tests.kie.at_work import Door, Peer, opened, order, reloaded, work
from tests.sandbox.kie_side import DEADLINE_S, KIE_HMAC, KIE_KEY, QUICK, sandbox_process

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_sale")]
KEY = "key-of-kies-settings"


def signed(task: str, at: float, key: str = KEY) -> str:
    digest = hmac.new(key.encode(), f"{task}.{int(at)}".encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


@pytest.fixture
def counted(monkeypatch) -> counts.Counts:
    fresh = counts.Counts()
    monkeypatch.setattr(counts, "mine", fresh)
    return fresh


@pytest.fixture
def waiting(kie, settings):
    """A job that runs and is due in a while; KIE's key is set."""
    settings.KIE_WEBHOOK_HMAC_KEY = KEY
    kie.fault("createTask", "task_never_ends")
    job = order()
    work()
    return reloaded(job)


class Post:
    """KIE's POST, of which each part can be another."""

    def __init__(self, client, job) -> None:
        self.client, self.job = client, job
        self.task, self.at, self.key, self.where = job.kie_task_id, clock.now().timestamp(), KEY, ("data", "taskId")
        self.names = ("X-Webhook-Timestamp", "X-Webhook-Signature")
        self.url = f"/callbacks/kie/{job.public_id}/{callback.signature(job.public_id)}"

    def body(self) -> str:
        inner: object = self.task
        for name in reversed(self.where):
            inner = {name: inner}
        return json.dumps(inner)

    def status(self) -> int:
        headers = dict(zip(self.names, (str(int(self.at)), signed(self.task, self.at, self.key)), strict=True))
        return self.client.post(self.url, self.body(), content_type="application/json", headers=headers).status_code

    def woke(self) -> bool:
        return reloaded(self.job).due_at < self.job.due_at


@pytest.fixture
def post(client, waiting) -> Post:
    return Post(client, waiting)


@pytest.mark.parametrize("where", [("data", "task_id"), ("data", "taskId"), ("taskId",), ("task_id",)], ids=".".join)
def test_a_signed_callback_wakes_its_job_wherever_it_names_the_task(post, counted, where):
    post.where = where

    assert (post.status(), post.woke(), counted.snapshot()) == (200, True, {})


@pytest.mark.parametrize(
    "names", [("x-webhook-timestamp", "x-webhook-signature"), ("X-WEBHOOK-TIMESTAMP", "x-Webhook-SIGNATURE")]
)
def test_names_of_headers_are_written_as_they_like(post, names):
    post.names = names

    assert (post.status(), post.woke()) == (200, True)


def test_several_ids_are_all_tried(post):
    body = {"data": {"task_id": "of another spelling", "taskId": post.task}}
    post.body = lambda: json.dumps(body)

    assert (post.status(), post.woke()) == (200, True)


@pytest.mark.parametrize("age_s", [-299, 0, 299])
def test_within_five_minutes_clocks_may_differ(post, age_s):
    post.at -= age_s

    assert post.status() == 200


@pytest.mark.parametrize("age_s", [-302, 302, 86_400])
def test_an_old_or_future_one_is_not_let_in(post, counted, age_s):
    post.at -= age_s

    assert (post.status(), post.woke(), counted["callbacks_forged:kie"]) == (404, False, 1)


@pytest.mark.parametrize("forged", ["key", "task", "no headers", "no task", "stamp", "no key but empty"])
def test_a_forged_one_changes_nothing_and_is_counted(post, counted, forged):
    match forged:
        case "key":
            post.key = "another"
        case "task":
            post.body = lambda: '{"data": {"taskId": "another"}}'
        case "no headers":
            post.names = ("X-A", "X-B")
        case "no task":
            post.body = lambda: "{}"
        case "stamp":
            post.names = ("X-A", "X-Webhook-Signature")
        case _:
            post.key = ""

    assert (post.status(), post.woke(), counted["callbacks_forged:kie"]) == (404, False, 1)


def test_without_our_signature_nothing_else_is_looked_at(post, counted):
    post.url = post.url[:-1] + ("0" if post.url[-1] != "0" else "1")

    assert (post.status(), post.woke(), counted.snapshot()) == (404, False, {"callbacks_forged:url": 1})


def test_where_no_key_is_set_our_own_signature_suffices(post, settings):
    settings.KIE_WEBHOOK_HMAC_KEY = ""
    post.names = ("X-A", "X-B")

    assert (post.status(), post.woke()) == (200, True)


def test_over_a_megabyte_is_refused_unread(post, counted):
    post.body = lambda: " " * (callback.MAX_BYTES + 1)

    assert (post.status(), post.woke(), counted.snapshot()) == (413, False, {})


def test_a_replay_is_one_look_more_and_no_second_effect(post):
    assert (post.status(), post.status()) == (200, 200)
    assert work() == 1
    assert post.status() == 200
    assert work() == 1
    assert reloaded(post.job).state == "running"


@given(stamp=st.text(max_size=30), given_=st.text(max_size=60), body=st.binary(max_size=60))
def test_whatever_strangers_write_is_judged_without_an_error(stamp, given_, body):
    from django.test import override_settings

    with override_settings(KIE_WEBHOOK_HMAC_KEY=KEY):
        headers = {"x-webhook-timestamp": stamp, "x-webhook-signature": given_}
        assert callback.signed_by_kie(clock.uuid7(), headers, body) is False


def test_what_the_sandbox_signs_is_let_in(tmp_path, settings, client):
    """The stand-in's own signing, by KIE's documentation, against our check."""
    settings.KIE_WEBHOOK_HMAC_KEY = KIE_HMAC
    with (
        sandbox_process(tmp_path, peers=("kie",), KIE_API_KEY=KIE_KEY, KIE_WEBHOOK_HMAC_KEY=KIE_HMAC) as process,
        opened() as door,
    ):
        peer = Peer(process.origins["kie"], KIE_KEY)
        peer.config(**QUICK)
        peer.fault("callback", "forged")
        settings.KIE_API_URL = settings.KIE_UPLOAD_URL = peer.origin
        settings.KIE_API_KEY, settings.KIE_CALLBACK_BASE_URL = KIE_KEY, door.origin
        settings.DEMO_BONUS_RUB, settings.DRY_RUN, settings.TEST_MODE, settings.CHARGES_ORDERS = 0, False, False, True
        job = order()
        work()
        judged = [judgement(door, client) for _ in range(2)]

    assert sorted(judged) == [("fail", 404), ("success", 200)]
    assert reloaded(job).due_at <= clock.now() + timedelta(seconds=1)


def judgement(door: Door, client) -> tuple[str, int]:
    """What the next callback says, and what our endpoint answers to it."""
    public_id, our, body = door.knocks.get(timeout=DEADLINE_S)
    headers = door.headers.get(timeout=DEADLINE_S)
    answer = client.post(f"/callbacks/kie/{public_id}/{our}", body, content_type="application/json", headers=headers)
    return json.loads(body)["data"]["state"], answer.status_code
