"""The floor that every other package stands on: clock, correlation id, log, rows of work, lease."""
