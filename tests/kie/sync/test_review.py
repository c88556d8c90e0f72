"""A run as a row: read step by step, decided on by operators, published, rolled back; every act in the audit."""

import json
from collections.abc import Callable, Iterator

import pytest
import stamina
from django.db import IntegrityError, connection, transaction
from structlog.testing import capture_logs

from bot import renders
from bot.models import Delivery
from kie import registry
from kie.catalogue import AIModel, RegistryVersion
from kie.sync import keeping, questions, review, run
from kie.sync.apply import CannotTake
from kie.sync.diff import Difference
from kie.sync.polite import Pace
from kie.sync.questions import Questions
from kie.sync.syncrun import SyncRun, SyncState
from payments.models import AuditEntry
from reliability import clock, instance
from reliability.due import run_due
from tests.kie.sync.book import FEW, spec
from tests.kie.sync.book import registry as book
from tests.kie.sync.looks import BOOK, LISTED, SHORTER, drift, kept, looked
from tests.kie.sync.told import document
from tests.kie.sync.told import page as page_of
from tests.serving import Quiet, serving

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("published")]


def test_a_run_without_differences_is_the_same():
    assert looked().state == SyncState.SAME


def test_a_run_that_proves_nothing_leaves_the_one_under_review():
    waiting = drift()
    outcome = run.Outcome(aborted="too few pages")
    assert keeping.keep(outcome, source="docs", base=BOOK, listed=LISTED, by="test").state == SyncState.FAILED
    waiting.refresh_from_db()
    assert waiting.state == SyncState.DRIFT


def test_a_newer_run_takes_the_place_of_the_one_under_review():
    first, second = drift(), drift()
    first.refresh_from_db()
    assert (first.state, second.state) == (SyncState.OVER, SyncState.DRIFT)


def test_decisions_outlive_a_look_at_less_or_at_something_else(operator):
    shorter = spec(BOOK, "z-image", prompt=SHORTER)
    whole, saved = drift(), kept(shorter, spec(BOOK, FEW[1]), source="folder", listed=None)
    review.decide(whole.pk, "z-image", ["input.prompt.maxLength"], by=operator)
    review.decide(saved.pk, "z-image", [], by=operator)
    page = kept(shorter, source="folder", listed=None)
    for row, decided in ((whole, ["input.prompt.maxLength"]), (saved, [])):
        row.refresh_from_db()
        assert (row.state, row.decisions) == (SyncState.DRIFT, {"z-image": decided})
    kept(shorter, spec(BOOK, FEW[1]), source="folder", listed=None)
    for row in (saved, page):
        row.refresh_from_db()
        assert row.state == SyncState.OVER


def test_only_one_run_is_under_way():
    assert keeping.start(by="a").pk == keeping.start(by="b").pk
    with pytest.raises(IntegrityError, match="syncrun_one_open"), transaction.atomic():
        SyncRun.objects.create(by="c", source="docs")


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [({"state": "odd", "ended_at": clock.now()}, "syncrun_state_known"), ({"state": "same"}, "syncrun_open_or_ended"), ({"state": "published", "ended_at": clock.now()}, "syncrun_published_as")],
)  # fmt: skip
def test_what_can_never_be(wrong, rule):
    row = keeping.start(by="a")
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        SyncRun.objects.filter(pk=row.pk).update(**wrong)


@pytest.mark.usefixtures("reads_once")
def test_a_step_that_fails_three_times_ends_the_run_with_its_reason(settings):
    settings.KIE_DOCS_URL = "http://127.0.0.1:1"
    row = keeping.start(by="a", source="docs")
    for _ in range(3):
        work()
    row.refresh_from_db()
    assert row.state == SyncState.FAILED
    assert "index" in row.error


@pytest.fixture
def docs(settings) -> Iterator[dict[str, str]]:
    """KIE's documentation, by path what it says; the price feed is away."""
    said: dict[str, str] = {}

    class Handler(Quiet):
        def do_GET(self) -> None:
            content = said.get(self.path, "").encode()
            self.send_response(200 if content else 404)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_POST(self) -> None:
            self.body()
            self.done(404)

    with serving(Handler) as origin, stamina.set_testing(True, attempts=1):
        settings.KIE_DOCS_URL = settings.KIE_API_URL = origin
        yield said


@pytest.fixture
def catalogue(settings, monkeypatch) -> Iterator[dict[str, int | Callable[[], int]]]:
    """KIE's catalogue, by path with which code it answers, or what finds out."""
    codes: dict[str, int | Callable[[], int]] = {}

    class Handler(Quiet):
        def do_GET(self) -> None:
            code = codes[self.path]
            content = json.dumps({"code": code() if callable(code) else code, "msg": "said", "data": {}}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    monkeypatch.setattr(questions, "mine", Questions(Pace(every_s=0)))
    with serving(Handler) as origin:
        settings.KIE_API_URL = origin
        yield codes


def work() -> None:
    """One turn of the worker."""
    SyncRun.objects.open().update(due_at=clock.now())
    instance.beat("worker")
    run_due(keeping.QUEUE, instance.me(), most=1)


def test_a_run_is_read_in_steps_and_ends_with_what_differs(docs, settings, monkeypatch, tmp_path):
    settings.TRT_HOME = tmp_path
    monkeypatch.setattr(keeping, "STEP_S", 0.0)
    model = next(one for one in BOOK.models if one.key == "z-image")
    shorter = {
        "type": "object",
        "required": ["prompt", "aspect_ratio"],
        "properties": model.input["properties"] | {"prompt": SHORTER},
    }
    told = document(shorter, model={"type": "string", "enum": ["z-image"]}, example={"model": "z-image", "input": {}})
    docs["/market/z.md"] = page_of(told)
    docs["/llms.txt"] = f"- [Z]({settings.KIE_DOCS_URL}/market/z.md): text\n"
    registry.publish(book("z-image").model_copy(update={"version": "2.5.0"}), by="test")
    row = keeping.start(by="operator", source="docs")
    work()
    row.refresh_from_db()
    assert (row.state, row.progress) == (SyncState.READING, (0, 1))
    monkeypatch.setattr(keeping, "STEP_S", 5.0)
    work()
    row.refresh_from_db()
    assert (row.state, row.error, row.readings, row.pages) == (SyncState.DRIFT, "", [], 1)
    assert [one["key"] for one in row.found["changed"]] == ["z-image"]
    assert "price feed" in row.unpriced["trouble"]


@pytest.mark.parametrize(("peers", "runs"), [(frozenset({"kie"}), 0), (frozenset(), 1)])
def test_the_daily_look_is_for_the_real_kie(settings, peers, runs):
    settings.SANDBOX_PEERS = peers
    assert keeping.daily() == runs
    assert SyncRun.objects.filter(by="schedule").count() == runs


def test_an_operator_is_called_once_for_each_drift(settings):
    settings.ADMIN_IDS = (77,)
    for _ in range(2):
        drift()
    looked(spec(BOOK, "z-image", prompt={"type": "string", "maxLength": 800}))
    told = Delivery.objects.filter(chat=77, payload__what="kie_drift")
    assert [one.payload["facts"] for one in told.order_by("pk")] == [{"why": "changed: 1"}] * 2
    assert "Сверки с KIE" in renders.render(told.first()).text


def test_the_log_tells_of_each_drift_once(django_capture_on_commit_callbacks):
    heard = []
    for _ in range(2):
        with capture_logs() as lines, django_capture_on_commit_callbacks(execute=True):
            drift()
        heard.append([line["log_level"] for line in lines if line["event"].startswith("kie_sync.")])
    assert heard == [["warning"], ["info"]]


def test_only_what_was_approved_is_published(operator):
    row = drift()
    review.decide(row.pk, "z-image", ["input.prompt.maxLength"], by=operator)
    version = review.publish(row.pk, by=operator)
    known = AIModel.objects.get(key="z-image").facts["input"]["properties"]
    assert known["prompt"]["maxLength"] == 900
    assert "nsfw_checker" in known
    assert (RegistryVersion.objects.current(), version.by) == (version, "operator")
    row.refresh_from_db()
    assert (row.state, row.published) == (SyncState.PUBLISHED, version)
    assert list(AuditEntry.objects.order_by("pk").values_list("act", flat=True)) == ["sync_decide", "sync_publish"]


def test_without_an_approval_nothing_is_published(operator):
    row = drift()
    review.decide(row.pk, "z-image", [], by=operator)
    with pytest.raises(CannotTake):
        review.publish(row.pk, by=operator)
    assert RegistryVersion.objects.count() == 1


def test_what_was_compared_with_another_version_is_not_published(operator):
    row = drift()
    review.decide(row.pk, "z-image", ["input.prompt.maxLength"], by=operator)
    registry.publish(BOOK.model_copy(update={"version": "2.5.0"}), by="another")
    with pytest.raises(CannotTake, match="Реестр с тех пор изменился"):
        review.publish(row.pk, by=operator)


def test_what_was_left_stays_left_until_it_changes(operator):
    review.decide(drift().pk, "z-image", [], by=operator)
    assert drift().decisions == {"z-image": []}
    assert looked(spec(BOOK, "z-image", prompt={"type": "string", "maxLength": 800})).decisions == {}


def missed(key: str) -> None:
    """A run over all there is that did not find the model."""
    gone = run.Outcome(differences=[Difference(kind="gone", key=key, page="p")])
    keeping.keep(gone, source="docs", base=BOOK, listed=LISTED, by="test")


@pytest.mark.parametrize(
    ("code", "why"),
    [(404, ""), (200, "the catalogue still has it"), (401, "the catalogue does not say: 401: said")],
)
def test_an_end_is_proven_by_two_runs_and_the_catalogue(catalogue, code, why):
    catalogue["/api/v1/models/z-image/schema"] = code
    assert "once" in review.withdrawn("z-image")
    missed("z-image")
    assert "once" in review.withdrawn("z-image")
    missed("z-image")
    assert review.withdrawn("z-image") == why


@pytest.mark.django_db(transaction=True)
def test_while_kie_is_asked_others_may_decide_and_then_nothing_is_published(catalogue, operator):
    for _ in range(2):
        missed("z-image")
    row = SyncRun.objects.get(state=SyncState.DRIFT)
    review.decide(row.pk, "z-image", [review.WHOLE], by=operator)

    def otherwise() -> int:
        try:
            review.decide(row.pk, "z-image", [], by=operator)
        finally:
            connection.close()
        return 404

    catalogue["/api/v1/models/z-image/schema"] = otherwise
    with pytest.raises(CannotTake, match="решил иначе"):
        review.publish(row.pk, by=operator)
    assert RegistryVersion.objects.count() == 1


def test_of_a_dedicated_family_the_catalogue_proves_nothing(catalogue):
    registry.publish(book("z-image", "veo3").model_copy(update={"version": "2.5.0"}), by="test")
    catalogue["/api/v1/models/veo3/schema"] = 404
    for _ in range(2):
        missed("veo3")
    assert "knows nothing of its family" in review.withdrawn("veo3")


@pytest.mark.usefixtures("reads_once")
def test_a_catalogue_that_is_away_proves_nothing(settings, monkeypatch):
    monkeypatch.setattr(questions, "mine", Questions(Pace(every_s=0)))
    settings.KIE_API_URL = "http://127.0.0.1:1"
    for _ in range(2):
        missed("z-image")
    assert "does not say" in review.withdrawn("z-image")


def test_a_rollback_sells_by_the_earlier_version_again_and_outlives_a_start(operator, published):
    row = drift()
    review.decide(row.pk, "z-image", ["input.prompt.maxLength"], by=operator)
    later = review.publish(row.pk, by=operator)
    review.roll_back(published, by=operator)
    review.roll_back(published, by=operator)
    assert RegistryVersion.objects.current() == published
    assert AIModel.objects.get(key="z-image").facts["input"]["properties"]["prompt"]["maxLength"] == 1000
    entry = AuditEntry.objects.get(act="registry_back")
    assert (entry.before, entry.after) == ({"version": later.version}, {"version": published.version})
