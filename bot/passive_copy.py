"""What people read while TRT is held: the operator's words, a row a language, every version kept."""

import re

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import CheckConstraint, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from bot import telegram_html
from payments.customer import LOCALES

UNTIL = "{until}"
LONGEST_UNTIL = "26 Nov, 23:59 Moscow time"
BRACED = re.compile(r"\{+[^{}\n]*\}+|\{+|\}+")  # a placeholder, or what is left of one
DEFAULTS = {  # what a new database starts with, and what is said where a row is missing
    "ru": {
        "message": (
            "✨ <b>Обновляемся</b>\n\n"
            "Ваш запрос сохранён. Как только закончим, ответим на него сами — прямо в этом сообщении. Повторять ничего не нужно.\n"
            "Вернёмся не позже {until}.\n\n"
            "💰 Деньги в безопасности: без результата ничего не списывается. Начатые генерации придут как обычно, "
            "меню, баланс и история работают."
        ),
        "button": "🔄 Обновить",
        "toast": "Запрос сохранён ✨ Ответим сами, как только закончим обновление.",
    },
    "en": {
        "message": (
            "✨ <b>A short update</b>\n\n"
            "Your request is saved. As soon as we are done, we will answer it right here, in this message. There is nothing to repeat.\n"
            "We will be back by {until}.\n\n"
            "💰 Your money is safe: nothing is charged without a result. Generations under way will arrive as usual; "
            "the menu, balance and history work."
        ),
        "button": "🔄 Refresh",
        "toast": "Your request is saved ✨ We will answer it as soon as the update is done.",
    },
}


class PassiveCopy(models.Model):
    """The notice, its button and the toast in one language, checked by Telegram's rules before it can be saved."""

    locale = models.CharField(_("language"), max_length=2, choices=LOCALES, unique=True)
    message = models.TextField(
        _("message"),
        help_text=_("Telegram's HTML. {until} becomes the end of the hold in Moscow time."),
    )
    button = models.CharField(_("button"), max_length=64)
    toast = models.CharField(
        _("toast"), max_length=200, help_text=_("Shown over the chat for a few seconds after a tap, as plain text.")
    )
    history = HistoricalRecords(verbose_name=_("earlier words of a hold"))

    class Meta:
        verbose_name = _("words of a hold")
        verbose_name_plural = _("words of a hold")
        ordering = ("-locale",)
        constraints = [
            CheckConstraint(name="passivecopy_locale_known", condition=Q(locale__in=["ru", "en"])),
            CheckConstraint(name="passivecopy_nothing_empty", condition=~Q(message="") & ~Q(button="") & ~Q(toast="")),
        ]

    def __str__(self) -> str:
        return self.get_locale_display()

    def clean(self) -> None:
        """Raises ValidationError with a sentence for whatever Telegram would refuse or show otherwise than it stands here."""
        if found := complaints(message=self.message, button=self.button, toast=self.toast):
            raise ValidationError(found)


def complaints(*, message: str, button: str, toast: str) -> dict[str, list[str]]:
    """By field, a sentence for whatever Telegram would refuse or show otherwise than it stands; empty where all is right."""
    wrong = {
        "message": telegram_html.complaints(with_until(message, LONGEST_UNTIL)) + _unknown(message),
        "button": telegram_html.plain_complaints(button, most=64) + _misplaced(button),
        "toast": telegram_html.plain_complaints(toast, most=200) + _misplaced(toast),
    }
    return {name: sentences for name, sentences in wrong.items() if sentences}


def _unknown(message: str) -> list[str]:
    """A slip in a placeholder would be sent to everybody as it stands."""
    slips = dict.fromkeys(one[0] for one in BRACED.finditer(message) if one[0] != UNTIL)
    return [
        gettext("{} would be shown as it stands: in braces only {{until}} is known, the end of the hold.").format(slip)
        for slip in slips
    ]


def _misplaced(plain: str) -> list[str]:
    """What stands in braces on a button or in a toast, which have no placeholders."""
    return [gettext("Nothing is filled in here: {until} works in the message only.")] if BRACED.search(plain) else []


def words(locale: str) -> PassiveCopy:
    """The words in a language; those of the start where the row is missing."""
    return PassiveCopy.objects.filter(locale=locale).first() or PassiveCopy(locale=locale, **DEFAULTS[locale])


def with_until(message: str, until: str) -> str:
    """The message with the end of the hold in it."""
    return message.replace(UNTIL, until)
