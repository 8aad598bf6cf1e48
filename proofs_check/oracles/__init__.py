"""Independent routes to the objects of the statements; they share no code with `hermite_gamma`."""
