"""What TRT sells: published versions of the registry, the AI models of the current one, and what operators changed."""

from functools import cache
from typing import Any

import pgtrigger
from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import CheckConstraint, Exists, F, OuterRef, Q, UniqueConstraint
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from kie.pause import Pause
from reliability import clock

SINGLE = "z-image"  # what SINGLE_MODEL_ONLY leaves on sale


class RegistryVersionQuerySet(models.QuerySet["RegistryVersion"]):
    def current(self) -> "RegistryVersion | None":
        """The version that is on sale."""
        return self.filter(current=True).first()


class RegistryVersion(models.Model):
    """A published state of the registry. Its facts never change; which one is current does."""

    version = models.CharField(_("version"), max_length=32, unique=True)
    content = models.JSONField(_("content"))  # as the file has it
    # to the one current before: {"added", "gone", "changed": {key: {field: [before, after]}}}
    diff = models.JSONField(_("changes"))
    by = models.CharField(_("by"), max_length=150)  # "start", or who published it
    published_at = models.DateTimeField(_("published"), default=clock.now)
    current = models.BooleanField(_("current"), default=False)

    objects = RegistryVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("registry version")
        verbose_name_plural = _("registry versions")
        constraints = [UniqueConstraint(name="registry_one_current", fields=["current"], condition=Q(current=True))]
        triggers = [
            pgtrigger.ReadOnly(name="registry_facts_stay", fields=["version", "content", "diff", "by", "published_at"])
        ]

    def __str__(self) -> str:
        return self.version


class ModelState(models.TextChoices):
    """Whether an AI model is sold, and if not, why."""

    SOLD = "sold", _("sold")
    OFF = "off", _("switched off")  # by an operator's Override
    UNPRICED = "unpriced", _("without a price")
    RETIRED = "retired", _("retired")  # gone from the registry; its jobs stay


class AIModelQuerySet(models.QuerySet["AIModel"]):
    def on_sale(self) -> "AIModelQuerySet":
        """What people can start now, in the order of the registry."""
        paused = Pause.objects.open().filter(model=OuterRef("pk"))
        sold = self.filter(~Exists(paused), state=ModelState.SOLD)
        return (sold.filter(key=SINGLE) if settings.SINGLE_MODEL_ONLY else sold).order_by("order", "pk")

    def named(self, key: str) -> "AIModel | None":
        """By its key, or one of its old ones; instead of a retired one what has taken its place."""
        model = self.filter(Q(key=key) | Q(aliases__contains=[key])).first()
        if model is not None and model.state == ModelState.RETIRED and (heir := model.facts.get("successor")):
            return self.filter(key=heir).first() or model
        return model


class AIModel(models.Model):
    """An AI model as it is sold: the current registry version's facts with the operator's Override put over them.

    `facts` are the registry's own; every other column is derived by `project`, so no two readers can differ.
    """

    key = models.CharField(_("key"), max_length=80, unique=True)  # the id TRT sells under
    aliases = models.JSONField(_("former keys"), default=list, blank=True)  # older ids that go on working
    state = models.CharField(_("state"), max_length=8, choices=ModelState)
    version = models.ForeignKey(
        RegistryVersion,
        on_delete=models.PROTECT,
        to_field="version",
        related_name="+",
        verbose_name=_("registry version"),
    )
    facts = models.JSONField(_("registry's facts"))

    family = models.CharField(_("KIE API"), max_length=32)  # which of KIE's APIs
    kie_model = models.CharField(_("model at KIE"), max_length=80)  # what goes into `model`
    vendor = models.CharField(_("vendor"), max_length=32)  # who has made it
    tags = models.JSONField(_("tags"), default=list, blank=True)  # words to find it by
    category = models.CharField(_("shelf"), max_length=16)  # a shelf of the menu
    format = models.CharField(_("format"), max_length=32)  # text-to-image…
    output = models.CharField(_("output"), max_length=8)  # image, video, audio, text
    order = models.IntegerField(_("order"))
    badge = models.CharField(_("badge"), max_length=8, blank=True)
    title_ru = models.CharField(_("title, ru"), max_length=80)
    title_en = models.CharField(_("title, en"), max_length=80)
    description_ru = models.TextField(_("description, ru"), blank=True)
    description_en = models.TextField(_("description, en"), blank=True)
    examples_ru = models.JSONField(_("examples, ru"), default=list, blank=True)
    examples_en = models.JSONField(_("examples, en"), default=list, blank=True)
    input = models.JSONField(_("input schema"))  # JSON Schema
    wizard = models.JSONField(_("questions"))  # the visible fields in order, with their words
    fixed = models.JSONField(_("always sent"), default=dict, blank=True)  # values that nobody is asked for
    pricing = models.JSONField(_("costs, $"), default=list, blank=True)  # rows; dollars as strings, for they are exact
    # rubles, the operator's
    fixed_price = models.DecimalField(_("fixed price, ₽"), max_digits=14, decimal_places=2, null=True, blank=True)
    median_s = models.PositiveIntegerField(_("usual time, s"))
    deadline_s = models.PositiveIntegerField(_("deadline, s"))

    objects = AIModelQuerySet.as_manager()

    class Meta:
        verbose_name = _("AI model")
        verbose_name_plural = _("AI models")
        constraints = [
            CheckConstraint(name="aimodel_state_known", condition=Q(state__in=ModelState.values)),
            CheckConstraint(name="aimodel_output_known", condition=Q(output__in=["image", "video", "audio", "text"])),
            CheckConstraint(name="aimodel_sold_has_price", condition=~Q(state="sold") | ~Q(pricing=[])),
            CheckConstraint(
                name="aimodel_fixed_price_positive", condition=Q(fixed_price__isnull=True) | Q(fixed_price__gt=0)
            ),
            CheckConstraint(name="aimodel_takes_time", condition=Q(median_s__gt=0, deadline_s__gte=F("median_s"))),
        ]
        indexes = [models.Index(name="aimodel_on_sale", fields=["order"], condition=Q(state="sold"))]  # on_sale

    def __str__(self) -> str:
        return self.key

    @property
    def version_label(self) -> str:
        """The registry version it was projected from."""
        return self.version_id

    def title(self, locale: str) -> str:
        """Its name: "ru", else English."""
        return self.title_ru if locale == "ru" else self.title_en

    def short_title(self, locale: str) -> str:
        """Its name on a button: the registry's short one, unless an operator has given it another name."""
        title, short = self.title(locale), self.facts.get("short")
        return short[locale] if short and title == self.facts["title"][locale] else title

    def description(self, locale: str) -> str:
        """What it is for: "ru", else English."""
        return self.description_ru if locale == "ru" else self.description_en

    def examples(self, locale: str) -> list[str]:
        """Prompts for its main text: "ru", else English."""
        return self.examples_ru if locale == "ru" else self.examples_en

    def project(self, changed: "Override | None") -> None:
        """Derive every column from `facts` and what an operator has changed. Does not save. A repeat changes nothing."""
        facts = self.facts
        for name in PROJECTED:
            setattr(self, name, facts[name])
        for name in ("title", "description", "examples"):
            setattr(self, f"{name}_ru", facts[name]["ru"])
            setattr(self, f"{name}_en", facts[name]["en"])
        self.fixed_price = changed.price if changed else None
        for name, value in changed.texts().items() if changed else ():
            setattr(self, name, value)
        self.state = self._standing(changed)

    def retire(self) -> None:
        """It has left the registry: what it was stays known, for its jobs. Does not save."""
        self.facts |= {"retired": True, "note": self.facts.get("note") or "gone from the registry"}
        self.state = ModelState.RETIRED

    def _standing(self, changed: "Override | None") -> ModelState:
        if self.facts["retired"]:
            return ModelState.RETIRED
        if not self.facts["sold"]:
            return ModelState.UNPRICED
        return ModelState.OFF if changed is not None and changed.off else ModelState.SOLD


PROJECTED = (
    "family",
    "kie_model",
    "vendor",
    "tags",
    "aliases",
    "category",
    "format",
    "output",
    "order",
    "badge",
    "input",
    "wizard",
    "fixed",
    "pricing",
    "median_s",
    "deadline_s",
)  # columns that are the registry's facts of the same name


def on_shelves() -> dict[str, int]:
    """How many models are on sale, by category. Every menu asks it, so the SQL is made once and the database counts."""
    with connection.cursor() as cursor:
        cursor.execute(*_counting(settings.SINGLE_MODEL_ONLY))
        return dict(cursor.fetchall())


@cache
def _counting(_single_model_only: bool) -> tuple[str, tuple[Any, ...]]:
    counted = AIModel.objects.on_sale().order_by().values_list("category").annotate(models.Count("pk"))
    return counted.query.sql_with_params()


class Override(models.Model):
    """What an operator changed of an AI model; what is empty stays as the registry has it. Saving it projects the model anew."""

    model = models.OneToOneField(AIModel, on_delete=models.CASCADE, related_name="override", verbose_name=_("AI model"))
    off = models.BooleanField(_("switched off"), default=False)
    # Of switching off, of a price; people do not see it.
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    price = models.DecimalField(_("price, rubles"), max_digits=14, decimal_places=2, null=True, blank=True)
    order = models.IntegerField(_("order"), null=True, blank=True)
    badge = models.CharField(_("badge"), max_length=8, blank=True)
    title_ru = models.CharField(_("title, ru"), max_length=80, blank=True)
    title_en = models.CharField(_("title, en"), max_length=80, blank=True)
    description_ru = models.TextField(_("description, ru"), blank=True)
    description_en = models.TextField(_("description, en"), blank=True)
    by = models.CharField(_("by"), max_length=150, blank=True)
    changed_at = models.DateTimeField(_("changed"), default=clock.now)
    history = HistoricalRecords(verbose_name=_("earlier operator's changes"))

    class Meta:
        verbose_name = _("operator's change")
        verbose_name_plural = _("operator's changes")
        constraints = [
            CheckConstraint(name="override_off_has_reason", condition=Q(off=False) | ~Q(reason="")),
            CheckConstraint(name="override_price_positive", condition=Q(price__isnull=True) | Q(price__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.model_id}{' off' if self.off else ''}"

    @transaction.atomic
    def save(self, *args: Any, **options: Any) -> None:
        """Save and project, in one transaction."""
        model = AIModel.objects.select_for_update().get(pk=self.model_id)
        self.changed_at = clock.now()
        super().save(*args, **options)
        model.project(self)
        model.save()

    @transaction.atomic
    def delete(self, *args: Any, **options: Any) -> Any:
        """Give the AI model back to the registry's facts."""
        model = AIModel.objects.select_for_update().get(pk=self.model_id)
        gone = super().delete(*args, **options)
        model.project(None)
        model.save()
        return gone

    def texts(self) -> dict[str, Any]:
        """Columns of the AI model that this replaces."""
        given = {
            name: getattr(self, name)
            for name in ("order", "badge", "title_ru", "title_en", "description_ru", "description_en")
        }
        return {name: value for name, value in given.items() if value not in (None, "")}
