"""People, their wallets, the ledger of every movement of money, and the ways money comes in."""
