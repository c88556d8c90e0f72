"""How long each AI model takes, learnt from its own last successes; until there are enough of them, as the registry says."""

from dataclasses import dataclass
from typing import Final

from django.db import connection, models
from django.db.models import CheckConstraint, F, Q
from django.utils.translation import gettext_lazy as _

from kie.catalogue import AIModel
from reliability import clock

LAST: Final = 50  # successes that are looked at, of the last thirty days
ENOUGH: Final = 8  # of fewer nothing is concluded

LEARN = """
INSERT INTO kie_duration (model_id, median_s, low_s, high_s, successes, learnt_at)
SELECT model.id, spread.of[2], spread.of[1], spread.of[3], spread.successes, %(now)s
FROM kie_aimodel model, LATERAL (
    SELECT count(*) AS successes,
        percentile_cont(ARRAY[0.2, 0.5, 0.8]) WITHIN GROUP (ORDER BY extract(epoch FROM ended_at - submitted_at)) AS of
    FROM (
        SELECT ended_at, submitted_at FROM kie_job
        WHERE model_id = model.id AND state = 'succeeded' AND ended_at > %(now)s - interval '30 days'
        ORDER BY id DESC LIMIT %(last)s
    ) newest
) spread WHERE spread.successes >= %(enough)s
ON CONFLICT (model_id) DO UPDATE SET median_s = excluded.median_s, low_s = excluded.low_s, high_s = excluded.high_s,
    successes = excluded.successes, learnt_at = excluded.learnt_at
"""


class Duration(models.Model):
    """From createTask to the end, of an AI model's last successes, in seconds: a fifth is quicker than `low_s`, a fifth slower
    than `high_s`."""

    model = models.OneToOneField(AIModel, on_delete=models.CASCADE, primary_key=True, related_name="learnt")
    median_s = models.FloatField(_("median, s"))
    low_s = models.FloatField(_("a fifth is quicker, s"))
    high_s = models.FloatField(_("a fifth is slower, s"))
    successes = models.PositiveSmallIntegerField(_("successes"))
    learnt_at = models.DateTimeField(_("learnt"))

    class Meta:
        verbose_name = _("usual time")
        verbose_name_plural = _("usual times")
        constraints = [
            CheckConstraint(
                name="duration_in_order",
                condition=Q(low_s__gte=0, low_s__lte=F("median_s"), median_s__lte=F("high_s")),
            )
        ]


@dataclass(frozen=True, slots=True)
class Usual:
    """The time that a generation usually takes, in seconds; `low_s` and `high_s` are one where it is not learnt yet."""

    median_s: float
    low_s: float
    high_s: float

    @property
    def nearly_all_s(self) -> float:
        """By when nearly all have ended: half as much again as the slower ones; of an unlearnt median, twice that."""
        return self.high_s * (1.5 if self.high_s > self.low_s else 2.0)


def usual(model: AIModel) -> Usual:
    """As learnt, else as the registry says."""
    learnt = Duration.objects.filter(model=model).first()
    if learnt is None:
        return Usual(model.median_s, model.median_s, model.median_s)
    return Usual(max(1.0, learnt.median_s), learnt.low_s, learnt.high_s)


def learn() -> int:
    """Look at the last successes of every model anew; says of how many models something is known. One statement; a repeat
    changes nothing but the moment."""
    with connection.cursor() as cursor:
        cursor.execute(LEARN, {"now": clock.now(), "last": LAST, "enough": ENOUGH})
        return cursor.rowcount
