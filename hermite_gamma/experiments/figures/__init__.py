"""One figure per file, each with `run(options, store) -> Result`."""
