"""What people read while TRT is held: the operator's words, a row a language, every version kept."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import CheckConstraint, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from bot import telegram_html
from payments.customer import LOCALES

UNTIL = "{until}"
LONGEST_UNTIL = "26.11, 23:59 Moscow time"
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
        help_text=_(
            "Telegram's HTML. {until} becomes the end of the hold in Moscow time; where there is none, its line is left out."
        ),
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
        longest, shortest = (telegram_html.complaints(with_until(self.message, end)) for end in (LONGEST_UNTIL, None))
        wrong: dict[str, list[str]] = {
            "message": list(dict.fromkeys(longest + shortest)),
            "button": telegram_html.plain_complaints(self.button, most=64),
            "toast": telegram_html.plain_complaints(self.toast, most=200),
        }
        for name in ("button", "toast"):
            if UNTIL in getattr(self, name):
                wrong[name].append(gettext("{until} works in the message only."))
        if found := {name: sentences for name, sentences in wrong.items() if sentences}:
            raise ValidationError(found)


def words(locale: str) -> PassiveCopy:
    """The words in a language; those of the start where the row is missing."""
    return PassiveCopy.objects.filter(locale=locale).first() or PassiveCopy(locale=locale, **DEFAULTS[locale])


def with_until(message: str, until: str | None) -> str:
    """The message with the end of the hold in it; without one the lines of the placeholder go, and leave no gap."""
    if until is not None:
        return message.replace(UNTIL, until)
    kept = "\n".join(line for line in message.split("\n") if UNTIL not in line)
    while "\n\n\n" in kept:
        kept = kept.replace("\n\n\n", "\n\n")
    return kept.strip()
