"""Everybody else: Telegram, KIE, the queue of django-q2. They keep the truth that the checks compare ours with."""
