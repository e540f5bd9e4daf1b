"""diffusers' SD1.x as a VideoModel: what the command line, training and every test without the host run on."""
