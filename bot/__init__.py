"""The conversation: what Telegram sends is stored, answered in order, and everything TRT says passes one outbox."""
