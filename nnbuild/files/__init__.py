"""Read and write plain files."""
