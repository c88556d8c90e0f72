"""Local stand-ins for Telegram, KIE and the payment providers, reached over HTTP only. A stranger to TRT: nothing is imported in either direction."""
