"""Trains in a plug-in loaded into Python: from_python.py PLUGIN. NumPy, where it is installed,
multiplies matrices before and after, with the OpenBLAS that it brings along."""

import ctypes
import os
import sys

try:
    import numpy
except ImportError:
    numpy = None


def check_numpy():
    if numpy is not None:
        product = numpy.ones((200, 300), numpy.float32) @ numpy.full((300, 100), 2, numpy.float32)
        assert (product == 600).all(), "NumPy's product is wrong"


check_numpy()
environment = dict(os.environ)
plugin = ctypes.CDLL(sys.argv[1])
plugin.loss_of_trained_line.restype = ctypes.c_double
losses = [plugin.loss_of_trained_line() for _ in range(2)]
assert losses[0] == losses[1] and losses[0] < 1e-6, f"losses {losses}"
check_numpy()
assert dict(os.environ) == environment, "the environment has changed"
print(f"loss {losses[0]:g} in Python, {'beside' if numpy else 'without'} NumPy")
