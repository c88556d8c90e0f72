"""Fixtures of the catalogue and of jobs."""

from tests.kie.at_work import door, ended, kie, kie_process, on_sale, reads_once

__all__ = ["door", "ended", "kie", "kie_process", "on_sale", "reads_once"]
