"""Formats of this language."""

DATETIME_FORMAT = "d.m.Y H:i:s T"
