"""The database building blocks of every app: enum columns, keys, audit fields, soft delete, migration operations."""
