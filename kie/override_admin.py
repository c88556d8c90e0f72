"""What operators change of a model in the admin: with a reason, shown old → new before it is saved, and written into the audit."""

from copy import copy
from decimal import Decimal
from typing import Any, Final

from django.contrib import messages
from django.contrib.admin.options import ModelAdmin as Page
from django.core.exceptions import ValidationError
from django.forms import all_valid
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import StackedInline

from kie import losses, preview, pricing, tariff
from kie.catalogue import AIModel, Override
from payments import audit
from payments.acts_admin import ask
from payments.terms_admin import WithReason, differing

ACT: Final = "model"  # as the audit knows it
COLUMNS: Final = ("off", "price", "order", "badge", "title_ru", "title_en", "description_ru", "description_en")
WHY: Final = _("Say why: the next operator will ask.")


class OverrideForm(WithReason):
    """Refuses what could never be right: a change without a reason, a price that loses money."""

    class Meta:
        model = Override
        fields = COLUMNS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "why" in self.fields:
            self.fields["why"].error_messages["required"] = WHY

    def clean(self) -> dict[str, Any]:
        """Compare the price with the dearest that the model can cost at the present rate."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if {"off", "price"} & set(self.changed_data):
            stays = given.get("off") or given.get("price") is not None
            self.instance.reason = given.get("why", "")[:200] if stays else ""
        price, model = given.get("price"), self.instance.model if self.instance.model_id else None
        if price is not None and model is not None and price < (cost := dearest_rubles(model)):
            self.add_error(
                "price",
                ValidationError(
                    _("The dearest choice costs %(cost)s ₽: this would sell at a loss."), params={"cost": cost}
                ),
            )
        return given


class Overrides(BaseInlineFormSet):
    """To give a model back to the registry's facts has its reason, too."""

    def clean(self) -> None:
        """A form to be deleted is asked for nothing but that."""
        super().clean()
        if any(not why_of(form) for form in self.deleted_forms):
            raise ValidationError(WHY)


class OverrideInline(StackedInline):
    """On or off, the price, the words: what is empty stays as the registry has it."""

    model = Override
    form = OverrideForm
    formset = Overrides
    can_delete = True
    extra = 1  # the form stands there at once; left empty it changes nothing
    max_num = 1


class WithOverride(Page):
    """The page of a model: what changes of it is shown first."""

    inlines = (OverrideInline,)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if request.method == "POST" and "confirm" not in request.POST and object_id is not None:
            model = self.get_object(request, object_id)
            if model is not None and self.has_change_permission(request, model):
                formsets, _inlines = self._create_formsets(request, model, change=True)  # type: ignore[attr-defined]
                if all_valid(formsets):
                    return self._preview(request, model, formsets)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def _preview(self, request: HttpRequest, model: AIModel, formsets: list[Any]) -> HttpResponse:
        form = next((one for formset in formsets for one in formset.forms if one.has_changed()), None)
        gone = [one for formset in formsets for one in formset.deleted_forms]
        new = Override(model=model) if form is None or form in gone else form.instance
        changed = differing(_standing(model), new, COLUMNS) if form else []
        if not changed:
            self.message_user(request, _("Nothing was changed."), messages.WARNING)
            return redirect(request.path)
        context = {"row": model, "sure": True, "changed": changed, "order": {"reason": why_of(form)}, "final": True}
        return ask(self, request, _("Save"), context | {"sentences": _sentences(model, new)})

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        model = form.instance
        AIModel.objects.select_for_update(no_key=True).get(pk=model.pk)  # what stood before is said of this save alone
        old = _standing(model)
        formset.save(commit=False)
        for override in [*formset.new_objects, *(one for one, _names in formset.changed_objects)]:
            override.by = request.user.get_username()
            override.save()
        for gone in formset.deleted_objects:
            gone.delete()
        formset.save_m2m()
        _write_down(request.user, model, old, next((why for one in formset.forms if (why := why_of(one))), ""))
        losses.look()


def why_of(form: Any) -> str:
    """The reason as it was given, also in a form that is to be deleted and so is never judged."""
    return str(form["why"].value() or "").strip()


def dearest_rubles(model: AIModel) -> Decimal:
    """What the dearest choice costs us in rubles, without the markup; 0 where nobody knows."""
    try:
        by = tariff.now()
        return pricing.price(pricing.quotes(model, by)[-1].cost_usd, rate=by.dollar, markup=Decimal(1))
    except pricing.NotForSale:
        return Decimal(0)


def _standing(model: AIModel) -> Override:
    """What operators have changed of it so far; all empty where nothing."""
    return Override.objects.filter(model=model).first() or Override(model=model)


def _write_down(by: Any, model: AIModel, old: Override, why: str) -> None:
    new = _standing(model)
    names = [name for name in COLUMNS if getattr(old, name) != getattr(new, name)]
    before, after = ({name: _plain(getattr(row, name)) for name in names} for row in (old, new))
    if names:
        audit.record(ACT, model, by=by, reason=why, before=before, after=after)


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value


def _sentences(model: AIModel, new: Override) -> list[str]:
    """What it does to people."""
    then = copy(model)
    then.project(new)
    now, later = _span(model), _span(then)
    said = [] if now == later else [gettext("People pay {} ₽ now, and {} ₽ then.").format(now, later)]
    return [*said, gettext("From the next offer on; what was offered before keeps its price.")]


def _span(model: AIModel) -> str:
    try:
        return preview.span(pricing.price_range(model, tariff.now()))
    except pricing.NotForSale:
        return "—"
