"""A local Telegram: the Bot API over HTTP, webhooks, Stars, and the person's side with its chat page."""
