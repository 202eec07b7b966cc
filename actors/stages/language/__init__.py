"""Languages: tables, and the functions that read them."""
