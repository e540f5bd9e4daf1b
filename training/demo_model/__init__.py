"""The demo model's recipe: a synthetic world, and the tiny SD1.x-shaped model that is trained on it from scratch."""
