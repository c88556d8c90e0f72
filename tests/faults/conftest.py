"""Fixtures of kills: a local KIE and people who order."""

from tests.kie.at_work import door, ended, kie, kie_process, on_sale

__all__ = ["door", "ended", "kie", "kie_process", "on_sale"]
