"""The command line, one file for each subcommand: parse, config, one call."""
