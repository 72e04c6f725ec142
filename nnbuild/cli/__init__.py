"""The command line: options, messages and exit codes; light until a command runs."""
