"""KIE's catalogue API and its price feed, as a source: against a server that answers like it."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import stamina

from kie.registry_file import load
from kie.sync import prices
from kie.sync.errors import Aborted
from kie.sync.polite import Pace
from kie.sync.prices import Join, Record
from kie.sync.questions import Questions
from kie.sync.reading import read
from kie.sync.sources import Catalogue
from tests.kie.sync.told import document, fields
from tests.serving import Quiet, serving

SEEDANCE = "bytedance/seedance-1.5-pro"


@pytest.fixture
def kie(settings) -> Iterator[dict[str, Any]]:
    """By path what the API says as `data`; a path that is not there gets the code 404."""
    said: dict[str, Any] = {}

    class Handler(Quiet):
        def do_GET(self) -> None:
            self.say(said.get(self.path))

        def do_POST(self) -> None:
            asked = json.loads(self.body())
            self.say((said.get(self.path) or {}).get(asked["pageNum"]))

        def say(self, data: Any) -> None:
            code = 404 if data is None else 200
            content = json.dumps({"code": code, "msg": "said", "data": data}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    with serving(Handler) as origin, stamina.set_testing(True, attempts=1):
        settings.KIE_API_URL = origin
        yield said


def test_the_catalogue_is_a_list_and_a_schema_a_model(kie):
    kie["/api/v1/models"] = {"total": 3, "models": [{"model": "acme/dream"}, {"model": "gone/now"}, {"model": "chat"}]}
    kie["/api/v1/models/acme/dream/schema"] = {"model": "acme/dream", "openapi": document(fields())}
    kie["/api/v1/models/chat/schema"] = {"model": "chat", "openapi": None}
    source = Catalogue(Questions(Pace(every_s=0)))
    readings = [read(source, one, {}) for one in source.pages()]
    assert [([model.id for model in one.found], one.answered) for one in readings] == [
        (["acme/dream"], True),
        ([], False),
        ([], True),
    ]
    assert source.listed == {"acme/dream", "gone/now", "chat"}


def test_the_catalogues_own_id_counts_more_than_the_documents(kie):
    kie["/api/v1/models"] = {"models": [{"model": "acme/other"}]}
    kie["/api/v1/models/acme/other/schema"] = {"model": "acme/other", "openapi": document(fields())}
    source = Catalogue(Questions(Pace(every_s=0)))
    (model,) = read(source, source.pages()[0], {}).found
    assert model.id == "acme/other"
    assert model.doubts


def test_an_empty_catalogue_proves_nothing(kie):
    for answer in ({"models": []}, {}, None):
        kie["/api/v1/models"] = answer
        with pytest.raises(Aborted):
            Catalogue(Questions(Pace(every_s=0))).pages()


def row(says: str, credits: str, unit: str = " per video") -> dict[str, Any]:
    return {"modelDescription": says, "creditPrice": credits, "creditUnit": unit, "usdPrice": "9.99"}


def test_the_feed_is_read_page_by_page(kie):
    many = [row(f"model {number}", "1") for number in range(100)]
    kie["/client/v1/model-pricing/page"] = {
        1: {"records": many},
        2: {"records": [row("last", "2.5"), row("odd", "—"), 7]},
    }
    records = prices.feed(Pace(every_s=0))
    assert len(records) == 101
    assert records[-1] == Record("last", Decimal("2.5"), "per video")


def test_a_feed_that_is_none_proves_nothing(kie):
    with pytest.raises(Aborted, match="price feed"):
        prices.feed(Pace(every_s=0))


JOIN = Join(says="Seedance 1.5 Pro, 12s 720P with audio", key=SEEDANCE, unit="second", when={"resolution": "720p", "generate_audio": True}, per=12)  # fmt: skip


def compared(*records: Record) -> prices.Compared:
    return prices.compared(load(), list(records), [JOIN])


def test_a_price_that_is_the_same_is_none():
    told = compared(Record("seedance 1.5  pro, 12s 720p WITH audio", Decimal("84.0"), "per video"))
    assert (told.differences, told.unmatched, told.unanswered) == ([], [], [])


def test_another_price_is_a_risky_proposal_in_exact_dollars():
    told = compared(Record(JOIN.says, Decimal("100"), "per video"), Record("Other", Decimal(1), ""))
    (one,) = told.differences
    assert (one.kind, one.key, one.risky) == ("price", SEEDANCE, True)
    assert [(change.before, change.after) for change in one.changes] == [("0.035", "0.04166667")]
    assert [record.says for record in told.unmatched] == ["Other"]


def test_two_prices_for_one_rule_say_nothing():
    told = compared(Record(JOIN.says, Decimal(84), ""), Record(JOIN.says, Decimal(85), ""))
    assert told.differences == []
    assert told.unanswered == [JOIN]


def test_every_written_rule_names_a_row_of_the_registry():
    models = {model.key: model for model in load().models}
    for rule in prices.joins():
        assert any((row.unit, row.when) == (rule.unit, rule.when) for row in models[rule.key].pricing), rule
