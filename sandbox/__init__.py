"""Local stand-ins for Telegram and KIE, reached over HTTP only. A stranger to TRT: nothing is imported in either direction."""
