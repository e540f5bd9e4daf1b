"""Base models of other libraries as a VideoModel, one folder for each library; they never meet."""
