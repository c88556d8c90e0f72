"""Favourites: the list, its emptiness, a model in it that is not sold, and the question before all of them go."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bot.screen import Button, Keys, Screen, bold, lines
from bot.screens import catalogue, frame
from bot.screens.catalogue import Goods
from bot.screens.shelves import Origin
from bot.screens.words import label
from kie.catalogue import AIModel

ACTION, ALL = "favourites", "all"  # the list as an Origin


def ways(count: int, *, repeat: bool) -> Keys:
    """Keys of the menus to what is the person's own: favourites, where there are any, and the last order, if there was one."""
    kept = [Button(_("⭐ Favourites ({})").format(count), ACTION, ALL, 0)] if count else []
    last = [Button(_("🔁 Repeat the last one"), "last")] if repeat else []
    return [[*kept, *last]] if kept or last else []


def listing(sold: Sequence[Goods], withdrawn: Sequence[AIModel], page: int) -> Screen:
    """A page of them: those on sale, the newest first, then those that are not. Without any, how one comes here."""
    kept = [*sold, *withdrawn]
    if not kept:
        return Screen(
            lines(
                bold(_("⭐ Favourites")),
                _("Nothing here yet. Open a model and tap “⭐ Add to favourites”: it will be at hand here."),
            ),
            [[Button(_("🗂 Models"), "models")], [frame.menu()]],
        )
    shown, page, pages = frame.page_of(kept, page)
    origin = Origin(ACTION, ALL, page)
    text = lines(
        bold(_("⭐ Favourites")),
        ngettext("{} model. Tap one to see what it does.", "{} models. Tap one to see what it does.", len(kept)).format(
            len(kept)
        ),
        _("🚫 is not on sale now: it stays here in case it comes back.") if withdrawn else None,
    )
    keys = [
        *catalogue.model_keys([one for one in shown if isinstance(one, Goods)], origin),
        *[_withdrawn(one, origin) for one in shown if isinstance(one, AIModel)],
    ]
    turning = frame.turning(ACTION, ALL, page=page, pages=pages)
    return Screen(text, [*keys, *turning, [Button(_("🗑 Clear the list"), "unkeepall"), frame.menu()]])


def _withdrawn(model: AIModel, origin: Origin) -> list[Button]:
    return [Button(label("🚫 " + catalogue.short_title(model)), "card", model.pk, *origin.args)]


def toggle(model: AIModel, *, kept: bool, origin: Origin) -> Button:
    """On a model's card."""
    if kept:
        return Button(_("✖️ Remove from favourites"), "unkeep", model.pk, *origin.args)
    return Button(_("⭐ Add to favourites"), "keep", model.pk, *origin.args)


def keeps(model_pk: int) -> Button:
    """Under a result."""
    return Button(_("⭐ Add to favourites"), "keepit", model_pk)


def kept(model: AIModel, *, new: bool) -> Screen:
    """The answer under a result, which stays as it is."""
    told = _("⭐ {} is in your favourites now.") if new else _("⭐ {} is in your favourites already.")
    keys = [[Button(_("⭐ Favourites"), ACTION, ALL, 0)], [frame.home()]]
    return Screen(told.format(bold(catalogue.title(model))), keys, fresh=True)


def gone(screen: Screen, model_pk: int, origin: Origin) -> Screen:
    """A model of the list that is not sold now: `screen` says so."""
    out = Button(_("✖️ Remove from favourites"), "unkeep", model_pk, *origin.args)
    return Screen(screen.text, [[out], [frame.back(*origin.args), frame.menu()]])


def clear(count: int) -> Screen:
    """Before all go: there is no way back."""
    text = lines(
        bold(_("🗑 Clear the list?")),
        ngettext("{} model leaves your favourites.", "{} models leave your favourites.", count).format(count),
    )
    return Screen(
        text, [[Button(_("🗑 Yes, clear it"), "unkeepedall", count)], [frame.back(ACTION, ALL, 0), frame.menu()]]
    )


def full(most: int) -> str:
    """Why one more is not kept."""
    return _("Favourites are full: {} models. Remove one to add another.").format(most)
