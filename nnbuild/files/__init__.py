"""Reading and writing of plain files."""
