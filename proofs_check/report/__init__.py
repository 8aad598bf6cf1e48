"""What was found, as values, and how it is written: JSON, HTML, LaTeX, Markdown."""
