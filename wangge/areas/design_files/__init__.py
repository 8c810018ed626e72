"""Files of the grid designer: tables of buildings and borders in, plans, outlines and reports out. No database."""
