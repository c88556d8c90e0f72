"""Makes the small real files that tasks return: pictures (Pillow), videos and sounds (PyAV), all from the input's hash.

Pillow and PyAV are imported inside functions: an idle peer must stay small.
"""
