"""Command line: options, messages and exit codes. Heavy packages are imported when a command runs."""
