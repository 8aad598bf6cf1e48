"""Format-neutral tables and figures, and one file for each format that they are written in."""
