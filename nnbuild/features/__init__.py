"""Tables, text, ids and images -> arrays."""
