"""Programs for the rows "program ...": each does one thing many times, and prints its processor time.

    python FILE COUNT

They import the standard library only, as real programs do. `python -m sockcore run FILE COUNT` runs them on sockcore.
Client and server are in one process, so that both use the module under measurement.
"""
