"""Names that this plugin adds to sockcore, for type checkers. This module does not exist at run time."""

from sockcore import AddressFamily

AF_XDP: AddressFamily
SOL_XDP: int
XDP_COPY: int
XDP_MMAP_OFFSETS: int
XDP_OPTIONS: int
XDP_RX_RING: int
XDP_SHARED_UMEM: int
XDP_STATISTICS: int
XDP_TX_RING: int
XDP_UMEM_COMPLETION_RING: int
XDP_UMEM_FILL_RING: int
XDP_UMEM_REG: int
XDP_USE_NEED_WAKEUP: int
XDP_ZEROCOPY: int
