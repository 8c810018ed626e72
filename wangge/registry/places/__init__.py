"""From Chinese free text to the most exact place that is known. Pure: no database, no settings."""
