"""Formats of this language."""

DATETIME_FORMAT = "Y-m-d H:i:s T"
