"""Few-shot motion training, written against a VideoModel alone: dataset, one pure loss step, loop, checkpoint."""
