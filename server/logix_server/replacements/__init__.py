"""Parts and units replaced under warranty (WAR)."""
