"""Reading and writing: videos, images, contact sheets and motion files, each written in full or not at all."""
