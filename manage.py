#!/usr/bin/env python
"""White Cross's command line."""

import os
import sys


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "whitecross.settings")
    try:
        from whitecross.command_line import run  # noqa: PLC0415
    except ImportError:
        sys.stderr.write("White Cross's packages are not installed. Run it through uv: uv run manage.py demo\n")
        return 1
    return run(sys.argv)


if __name__ == "__main__":
    sys.exit(main())
