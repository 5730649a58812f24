"""The database building blocks that every app uses: enum columns, keys, audit fields, soft delete, migration operations."""
