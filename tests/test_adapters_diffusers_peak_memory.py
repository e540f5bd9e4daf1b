"""The peak is a peak: it grows with what is held and does not fall again."""

import subprocess
import sys

CODE = """
import torch
from maskvideo.adapters.diffusers.peak_memory import peak_memory_mb
before = peak_memory_mb()
held = torch.ones(200, 1000, 250)  # 200 MB
during = peak_memory_mb("cpu")
del held
print(before, during, peak_memory_mb())
"""


def test_a_large_tensor_raises_the_peak_and_its_end_does_not_lower_it():
    ran = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    before, during, after = map(float, ran.stdout.split())
    assert 150 < during - before < 250
    assert after > during - 5  # Linux counts pages in batches for each thread
