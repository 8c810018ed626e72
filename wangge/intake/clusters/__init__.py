"""Which texts tell of the same matter, and where many do: numbers and text only, no database."""
