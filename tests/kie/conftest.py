"""Fixtures of the catalogue and of jobs."""

from tests.kie.at_work import called, door, ended, kie, kie_process, on_sale, reads_once
from tests.kie.going_on import impatient
from tests.kie.own_models import own_models

__all__ = ["called", "door", "ended", "impatient", "kie", "kie_process", "on_sale", "own_models", "reads_once"]
