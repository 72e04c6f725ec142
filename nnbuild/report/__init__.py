"""Values -> text, HTML, charts and diagrams, for people."""
