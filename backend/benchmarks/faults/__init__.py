"""Making things go wrong on purpose, on services that really run, and counting what came of it."""
