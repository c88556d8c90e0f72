"""A local Crypto Pay: its API, its payment page and its updates."""
