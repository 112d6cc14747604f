"""What papers say: closed forms with their source, domain and status."""
