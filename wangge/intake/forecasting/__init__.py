"""How many matters are to be expected where, next week. Pure: numbers in, numbers out."""
