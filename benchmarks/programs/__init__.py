"""Programs for the rows "program ...": each does one thing many times, and prints its processor time.

Some also print the wall-clock time, for systems that count processor time in ticks.

    python FILE COUNT

They import the standard library, or a library of another project, and not sockcore. `python -m sockcore run FILE
COUNT` runs them on sockcore. Client and server are in one process, so that both use the module under measurement.
"""
