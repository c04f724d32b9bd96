#!/usr/bin/env python
"""The project's command line: `manage.py help` lists what it can do."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if sys.argv[1:2] == ["dev"]:  # it chooses the servers' addresses, so it comes before the settings are read
        from config.development import main

        sys.exit(main(sys.argv[2:]))

    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
