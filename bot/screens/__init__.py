"""Screens: values in, Screen out. No query, no clock, no Telegram; the language is the active translation."""
