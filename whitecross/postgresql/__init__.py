"""Django's PostgreSQL backend, whose errors say nothing about the rows."""
