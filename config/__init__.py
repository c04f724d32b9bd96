"""The frame: settings, routes, servers, the supervisor of a development site. Importing it imports nothing else."""
