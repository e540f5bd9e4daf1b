"""Is the object where the masks say, in its colours? One metric per file, and the report of all."""
