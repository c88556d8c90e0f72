"""The wizard: from a model's input schema to a priced order. Pure: rows and Telegram are the handlers' business."""
