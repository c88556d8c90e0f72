"""The top: environment, settings, the web process, the supervisor, the console."""
