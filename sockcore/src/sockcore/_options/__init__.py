"""Socket options as typed values: the conversions of values, and the options of SOL_SOCKET."""
