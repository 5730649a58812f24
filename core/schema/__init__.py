"""Compare what the database has with what models and migrations say it should have."""
