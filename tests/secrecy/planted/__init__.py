"""Leaks planted on purpose. Each reads the sealed room as the server's administrator, which no product code can."""
