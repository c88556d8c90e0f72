"""The models that a person keeps at hand. One that is withdrawn from sale stays: it may come back."""

from typing import Final

from django.db import models, transaction
from django.db.models import UniqueConstraint
from django.utils.translation import gettext_lazy as _

from kie.catalogue import AIModel
from payments.models import Customer
from reliability import clock

MOST: Final = 200  # a person


class Full(Exception):
    """The person has as many as are kept."""


class FavouriteQuerySet(models.QuerySet["Favourite"]):
    def of(self, customer: Customer) -> "FavouriteQuerySet":
        """A person's, the newest first."""
        return self.filter(customer=customer).order_by("-pk")


class Favourite(models.Model):
    """One model of one person."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+", verbose_name=_("person"))
    model = models.ForeignKey(AIModel, on_delete=models.CASCADE, related_name="+", verbose_name=_("model"))
    created_at = models.DateTimeField(_("created"), default=clock.now)

    objects = FavouriteQuerySet.as_manager()

    class Meta:
        verbose_name = _("favourite")
        verbose_name_plural = _("favourites")
        constraints = [UniqueConstraint(name="favourite_once", fields=["customer", "model"])]

    def __str__(self) -> str:
        return f"{self.customer} · {self.model}"


@transaction.atomic
def add(customer: Customer, model: AIModel) -> bool:
    """Keep it; False: it is kept already. Raises Full. Of two devices the second waits, so that there are never more than MOST."""
    Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
    mine = Favourite.objects.of(customer)
    if mine.filter(model=model).exists():
        return False
    if mine.count() >= MOST:
        raise Full
    Favourite.objects.create(customer=customer, model=model)
    return True


def remove(customer: Customer, model_pk: int) -> None:
    """Keep it no longer. A repeat changes nothing."""
    Favourite.objects.of(customer).filter(model=model_pk).delete()


def clear(customer: Customer) -> None:
    """Keep none. A repeat changes nothing."""
    Favourite.objects.of(customer).delete()


def has(customer: Customer, model_pk: int) -> bool:
    """Whether it is kept."""
    return Favourite.objects.of(customer).filter(model=model_pk).exists()
