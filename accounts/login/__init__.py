"""How somebody logs in."""
