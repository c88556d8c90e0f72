"""A local YooKassa: its API v3, its payment page and its notices."""
