"""What a database remembers of whom it has served."""

from django.db import models

from reliability import clock


class Served(models.Model):
    """At most one row: since when real people are served from this database by the real KIE."""

    since = models.DateTimeField(default=clock.now)

    class Meta:
        default_permissions = ()
        constraints = [models.CheckConstraint(name="served_is_one_row", condition=models.Q(pk=1))]

    def __str__(self) -> str:
        return f"{self.since:%Y-%m-%d}"
