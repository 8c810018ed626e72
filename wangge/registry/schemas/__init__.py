"""Documents of the registry as they stand in requests and answers."""
