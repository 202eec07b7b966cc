"""What depends on the language that is spoken: tables, and the functions that read them."""
