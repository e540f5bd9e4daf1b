"""The method in pure torch: no host, no diffusers, no files, no choice of device."""
