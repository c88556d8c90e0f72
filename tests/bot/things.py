"""Rows as plain values, not saved: what the screens are made of."""

from datetime import UTC, datetime
from decimal import Decimal

from kie.job import Job
from kie.models import AIModel

NOW = datetime(2026, 10, 12, 11, 5, tzinfo=UTC)


def model(pk: int = 1, title: str = "Z-Image <1>", **facts: object) -> AIModel:
    return AIModel(
        **{
            "pk": pk,
            "key": f"m{pk}",
            "title_ru": title,
            "title_en": title,
            "order": pk,
            "median_s": 30,
            "category": "image",
            "output": "image",
            "facts": {"title": {"ru": title, "en": title}},
            **facts,
        }
    )


def job(**facts: object) -> Job:
    return Job(
        **{
            "pk": 81,
            "model": model(),
            "price": Decimal("12.40"),
            "hold_id": 5,
            "created_at": NOW,
            "cid": "01KQ0000000000000000007F3K",
            **facts,
        }
    )
